"""`python -m tests.chaos [run | soak | outage]`: the promise, with everything done to break it.

SEED in the environment chooses what fails and when; without one it is drawn, and printed.
Exit code: 0 only if the ledger balances.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Callable, Mapping

from infra.local.errors import LocalStackError
from infra.local.progress import Progress
from infra.local.report import console
from tests.chaos import outage, soak, storm

RUNS: Mapping[str, Callable[[int, Progress], int]] = {
    "run": storm.main,
    "soak": soak.main,
    "outage": outage.main,
}


def main(arguments: list[str]) -> int:
    """Run what was asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("what", nargs="?", default="run", choices=RUNS)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 0))
    chosen = parser.parse_args(arguments)
    seed = chosen.seed or secrets.randbelow(2**31 - 1) + 1
    progress = Progress(console())
    progress.console.print(f"seed: {seed}")
    try:
        code = RUNS[chosen.what](seed, progress)
    except LocalStackError as error:
        progress.console.print(f"Failed: {error}", style="red", markup=False)
        return 1
    progress.console.print(f"seed: {seed}, {progress.elapsed:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
