"""Runs another program to its end: quietly, in the environment it is given, and not for ever."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ProgramError(RuntimeError):
    """A program is not there, has failed or took too long; the message ends in its last words."""


def run(
    command: Sequence[str], *, name: str, environment: Mapping[str, str], seconds: float
) -> str:
    """Run a command in this repository's root and return what it said. Raises ProgramError."""
    try:
        done = subprocess.run(  # noqa: S603 - callers name their own programs
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramError(f"{name} took over {seconds:g} s") from error
    if done.returncode:
        raise ProgramError(f"{name} failed:\n{done.stdout[-4000:].strip()}")
    return done.stdout
