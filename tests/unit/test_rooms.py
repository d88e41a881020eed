"""Tests meet nothing that is not theirs: no other room's stack, and nobody's account or proxy."""

import os
import sys

import pytest

from infra.programs import run
from tests import conftest


def test__stack__is_gone_before_the_next_room() -> None:
    """Its threads draw from `random`, which Hypothesis watches, and log, which `caplog` hears."""
    lines = _plan("tests/e2e/test_status.py", __file__)
    begun, ended = (
        next(i for i, line in enumerate(lines) if line.startswith(f"{step} P stack"))
        for step in ("SETUP   ", "TEARDOWN")
    )
    here = next(i for i, line in enumerate(lines) if "test_rooms.py::" in line)
    assert begun < ended < here


def test__variables_of_who_runs_the_tests__are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {"AWS_PROFILE", "AWS_ENDPOINT_URL", "https_proxy", "HTTP_PROXY", "FORCE_COLOR"}
    for name in theirs:
        monkeypatch.setenv(name, "theirs")
    conftest.pytest_configure()
    assert theirs & os.environ.keys() == set()
    assert "PATH" in os.environ


def _plan(*files: str) -> list[str]:
    """Return what pytest would set up, run and tear down, without doing any of it."""
    command = [sys.executable, "-m", "pytest", "--setup-plan", *files]
    told = run(command, name="pytest", environment=os.environ, seconds=60)
    return [line.strip() for line in told.splitlines()]
