"""The figures, on times whose figures are known."""

from dataclasses import replace

import pytest

from tests.chaos.balanced import RECORD
from tests.chaos.evidence import Ending
from tests.chaos.figures import lasted, most_in, spread


def test__spread__of_a_hundred_and_one() -> None:
    found = spread(float(number) for number in range(101))

    assert (found.p50, found.p99, found.most) == (50.0, 99.0, 100.0)
    assert str(found) == "p50 50.000 s, p99 99.000 s, at most 100.000 s"


@pytest.mark.parametrize(
    ("moments", "most"),
    [([], 0), ([5.0], 1), ([0.0, 0.5, 1.0, 1.1], 3), ([9.0, 1.0, 1.0], 2)],
)
def test__most_in_a_second(moments: list[float], most: int) -> None:
    assert most_in(1.0, moments) == most


def test__lasted__from_acceptance_to_success_only() -> None:
    record = replace(RECORD, created_at=10.0, deadline=60.0)
    endings = [
        Ending(task_id="a", status="SUCCESS", at=12.5),
        Ending(task_id="a", status="FAILED", at=13.0),
    ]

    assert lasted({"a": record}, endings) == [2.5]
