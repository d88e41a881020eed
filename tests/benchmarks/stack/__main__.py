"""A cold start and a 202 beside the usual serverless stack: CPU, in turns, on one machine.

    python -m tests.benchmarks.stack [--rounds 9]

AWS is a stub on loopback that answers at once. Writes build/bench-stack.json.
"""

import argparse
import json
import multiprocessing as mp
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.report import save
from tests.benchmarks.stack.stub import serve
from tests.fakes.events import post_event
from tests.functions.lambdas import FUNCTIONS, REGION, VALUES
from tests.proofs.report import show

REPORT = Path("build/bench-stack.json")
HERE = Path(__file__).parent
OURS, PEER = "breakwater", "usual stack"
BODY = {
    "connector_type": "intune",
    "payload": {
        "app_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001",
        "group_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0099",
        "intent": "required",
    },
}
CONTESTANTS = {OURS: FUNCTIONS / "api" / "handler.py", PEER: HERE / "usual.py"}
STEP = FUNCTIONS / "deployment" / "submit" / "handler.py"


def main() -> None:
    """Let the contestants take turns."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stack")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    near, far = mp.Pipe()
    stub = mp.get_context("spawn").Process(target=serve, args=(far,), daemon=True)
    stub.start()
    try:
        if not near.poll(30):
            raise SystemExit("the stub does not start")
        found = measured(near.recv(), rounds)
    finally:
        stub.kill()
    show("what                     who            n   median     min     max  ratio")
    for entry in found:
        show(
            f"{entry['what']:<24} {entry['who']:<12} {entry['n']:>3} {entry['median']:>8.2f} "
            f"{entry['min']:>7.2f} {entry['max']:>7.2f} {entry['ratio']:>6.2f}"
        )
    save(REPORT, {"cpu_ms": found})


def measured(port: int, rounds: int) -> list[dict[str, Any]]:
    """Return CPU milliseconds of each contestant, with the ratio of medians to the peer's."""
    env = {
        **VALUES,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "PATH": os.environ["PATH"],
        "LOG_LEVEL": "INFO",
    }
    times: dict[tuple[str, str], list[float]] = {}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as event:
        json.dump(post_event(BODY), event)
        event.flush()
        for turn in range(rounds + 1):
            for who, path in CONTESTANTS.items():
                for what, value in _run(env, str(path), event.name).items():
                    if turn:  # the first may compile
                        times.setdefault((what, who), []).append(value)
            step = _run(env, str(STEP))["cold"]
            if turn:
                times.setdefault(("cold step", OURS), []).append(step)
    return [_entry(what, who, values, times) for (what, who), values in sorted(times.items())]


def _run(env: Mapping[str, str], *arguments: str) -> dict[str, float]:
    command = [sys.executable, str(HERE / "contestant.py"), *arguments]
    done = subprocess.run(  # noqa: S603 - our own interpreter and files
        command, env=dict(env), capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])  # above it: log lines
    return found


def _entry(
    what: str, who: str, values: list[float], times: Mapping[tuple[str, str], list[float]]
) -> dict[str, Any]:
    peer = median(times[(what.split()[0], PEER)])
    return {
        "what": what,
        "who": who,
        "n": len(values),
        "median": median(values),
        "min": min(values),
        "max": max(values),
        "ratio": median(values) / peer,
    }


if __name__ == "__main__":
    main()
