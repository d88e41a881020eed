"""What all tests have in common: which of them share something that is expensive to set up."""

from pathlib import Path

import pytest

ROOMS = ("e2e", "infra", "proofs")
"""A stack, templates, fleets of processes: each room stays with one worker, built once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        room = item.path.relative_to(here).parts[0]
        if room in ROOMS:
            item.add_marker(pytest.mark.xdist_group(room))
