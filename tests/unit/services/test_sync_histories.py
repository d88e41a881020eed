"""Syncs under everything that can happen to them: no record is lost, none is there twice.

A history is drawn: which records there are, when they are updated meanwhile, at which of its calls
a step dies or hears nothing (before the call has landed, or after), and whether a call that had not
landed does so later, when another attempt has taken over, or when the sync has ended.
"""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from tests.fakes.records import a_record
from tests.unit.services.mortal import Death, Died, Life, Mortal, deaths
from tests.unit.services.syncing import SYSTEM, Machine, SyncBench


@dataclass
class Updates:
    """Changes records between two pages: after page `n` record `number`, for each `(n, number)`."""

    bench: SyncBench
    schedule: list[tuple[int, int]]
    minute: int = 100

    def __post_init__(self) -> None:
        self.schedule.sort()
        self.bench.system.after_page = lambda: self.apply(until=len(self.bench.system.asked))

    def apply(self, *, until: int) -> None:
        while self.schedule and self.schedule[0][0] < until:
            number = self.schedule.pop(0)[1]
            self.minute += 1
            self.bench.system.add(a_record(number, minute=self.minute, version=self.minute))


@settings(max_examples=300, deadline=None)
@given(
    numbers=st.sets(st.integers(0, 11), max_size=10),
    same_moment=st.booleans(),
    page_size=st.integers(1, 4),
    pages=st.integers(1, 3),
    empty=st.sets(st.integers(0, 6), max_size=2),
    updates=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 11)), max_size=12),
    deaths=st.lists(deaths(8), max_size=6),
)
def test__sync__whatever_happens__every_record_once_in_its_newest_version(
    numbers: set[int],
    same_moment: bool,
    page_size: int,
    pages: int,
    empty: set[int],
    updates: list[tuple[int, int]],
    deaths: list[Death],
) -> None:
    bench = SyncBench(pages=pages)
    bench.system.page_size, bench.system.empty_pages = page_size, empty
    bench.system.add(*(a_record(one, minute=5 if same_moment else one) for one in numbers))
    changes = Updates(bench, list(updates))

    first = bench.accept()
    late = run(bench, first, deaths)
    result, writes = first.result, bench.records.writes
    assert first.now.status is Status.SUCCESS
    assert result["pulled"] == result["stored"] + result["unchanged"]
    # What a lost attempt brought on a page that then comes otherwise, is in nobody's count.
    assert result["stored"] <= len(writes)
    if not updates and not empty:
        assert result["stored"] == len(writes) == len(numbers)
    for life in late:
        life.wake()
    bench.accept().run()
    changes.apply(until=99)
    bench.accept().run()

    assert bench.records.of(SYSTEM) == bench.system.records
    assert len({(one.key, one.updated_at) for one in writes}) == len(writes)
    ends = [event.type.value for event in bench.executions.events]
    assert ends == ["INTEGRATION_SYNC_COMPLETED"] * 3


def run(bench: SyncBench, machine: Machine, deaths: list[Death]) -> list[Life]:
    """Run to the end; each death takes one attempt. Return those whose last call is under way."""
    late = []
    for death in deaths:
        if machine.ended:
            break
        life = Life(death)
        mortal = bench.sync(
            executions=Mortal(bench.executions, life), records=Mortal(bench.records, life)
        )
        try:
            machine.go_on(machine.pull(mortal))
        except (Died, StorageUnavailableError):
            machine.retry()
        if death.wakes:
            life.wake()
        else:
            late.append(life)
    machine.run()
    return late
