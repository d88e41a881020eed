"""What all tests have in common: how workers share them, and whose log lines they read."""

import os
import threading
from collections.abc import Iterator
from logging import LogRecord

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

ROOMS = ("tests/chaos/", "tests/e2e/", "tests/infra/", "tests/proofs/")
"""Stacks, templates, fleets of processes: each room stays with one worker, built once."""


class ByRoom(LoadScopeScheduling):  # type: ignore[misc] # so that this is Any's child
    """Gives a worker a whole room where that has something expensive, else one test at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return next((room for room in ROOMS if nodeid.startswith(room)), nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByRoom:
    return ByRoom(config, log)


@pytest.hookimpl
def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores: the one with the stack mostly waits."""
    free = getattr(os, "sched_getaffinity", None)
    return 1 + (len(free(0)) if free else os.cpu_count() or 1)


@pytest.fixture
def heard() -> set[int]:
    """The threads whose libraries `caplog` hears: the test's own, and those that a test adds."""
    return {threading.get_ident()}


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture, heard: set[int]) -> Iterator[pytest.LogCaptureFixture]:
    """What the product logs, and what libraries log in threads that are heard.

    A stack of other tests, with servers in threads, may be at work in the same process.
    """

    def is_heard(record: LogRecord) -> bool:
        return record.thread in heard or record.name.partition(".")[0] == "breakwater"

    caplog.handler.addFilter(is_heard)
    yield caplog
    caplog.handler.removeFilter(is_heard)
