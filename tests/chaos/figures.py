"""Figures of a run: quantiles, rates, and how far apart ends are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from tests.chaos.evidence import Ending, Record


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the tail of some times, in seconds."""

    p50: float
    p99: float
    most: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.3f} s, p99 {self.p99:.3f} s, at most {self.most:.3f} s"


def spread(seconds: Iterable[float]) -> Spread:
    """Return the spread of at least two times."""
    values = sorted(seconds)
    percents = quantiles(values, n=100, method="inclusive")
    return Spread(percents[49], percents[98], values[-1])


def lasted(records: Mapping[str, Record], endings: Sequence[Ending]) -> list[float]:
    """Return the seconds from each task's acceptance to its success."""
    return [
        ending.at - records[ending.task_id].created_at
        for ending in endings
        if ending.status == "SUCCESS"
    ]


def most_in(seconds: float, moments: Iterable[float]) -> int:
    """Return the most moments that lie within any stretch of so many seconds."""
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
