"""A worker leaves a room as it found it: tests of other rooms run in the same process."""

import os
import sys

from infra.programs import run


def test__stack__is_gone_before_the_next_room() -> None:
    """Its threads draw from `random`, which Hypothesis watches, and log, which `caplog` hears."""
    lines = _plan("tests/e2e/test_status.py", __file__)
    begun, ended = (
        next(i for i, line in enumerate(lines) if line.startswith(f"{step} P stack"))
        for step in ("SETUP   ", "TEARDOWN")
    )
    here = next(i for i, line in enumerate(lines) if "test_rooms.py::" in line)
    assert begun < ended < here


def _plan(*files: str) -> list[str]:
    """Return what pytest would set up, run and tear down, without doing any of it."""
    command = [sys.executable, "-m", "pytest", "--setup-plan", *files]
    told = run(command, name="pytest", environment=os.environ, seconds=60)
    return [line.strip() for line in told.splitlines()]
