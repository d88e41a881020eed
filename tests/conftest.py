"""What all tests have in common: what they know of the machine, and how workers share them."""

import os
import re

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it has no types

ROOMS = ("tests/chaos/", "tests/e2e/", "tests/infra/", "tests/proofs/")
"""Stacks, templates, fleets of processes: each room stays with one worker, built once."""

NOBODYS = re.compile(r"AWS_.*|POWERTOOLS_.*|FORCE_COLOR|NO_COLOR|.*_PROXY", re.IGNORECASE)
"""Variables by which whoever runs the tests says how they, not the tests, reach AWS and the net."""


class ByRoom(LoadScopeScheduling):  # type: ignore[misc] # so that this is Any's child
    """Gives a worker a whole room where that has something expensive, else one test at a time."""

    def _split_scope(self, nodeid: str) -> str:
        return next((room for room in ROOMS if nodeid.startswith(room)), nodeid)


@pytest.hookimpl
def pytest_configure() -> None:
    """Forget the caller's accounts, endpoints and proxies: of an account tables are emptied."""
    for name in filter(NOBODYS.fullmatch, [*os.environ]):
        del os.environ[name]


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByRoom:
    return ByRoom(config, log)


@pytest.hookimpl
def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores: the one with the stack mostly waits."""
    free = getattr(os, "sched_getaffinity", None)
    return 1 + (len(free(0)) if free else os.cpu_count() or 1)
