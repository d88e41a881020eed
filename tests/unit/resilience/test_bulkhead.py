"""The bulkhead where its store is slow or down. (Contract tests: where it answers.)"""

import logging
from datetime import datetime

import pytest

from breakwater.domain.errors import (
    BreakwaterError,
    ConfigurationError,
    ResourceBusyError,
    StorageUnavailableError,
)
from breakwater.resilience.bulkhead import TRIES, Bulkhead
from tests.fakes.clock import FakeClock
from tests.fakes.stores import MemoryLeaseStore

DOWN: list[BreakwaterError] = [StorageUnavailableError("cut"), ConfigurationError("no right")]


class Slots(MemoryLeaseStore):
    """Leases that are counted, and can fail."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.fault: BreakwaterError | None = None

    def acquire(self, resource: str, *, holder: str, now: datetime, until: datetime) -> None:
        self.asked.append(resource)
        if self.fault:
            raise self.fault
        super().acquire(resource, holder=holder, now=now, until=until)

    def release(self, resource: str, *, holder: str) -> None:
        self.asked.append("release")
        if self.fault:
            raise self.fault
        super().release(resource, holder=holder)


@pytest.fixture
def slots() -> Slots:
    return Slots()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def bulkhead(slots: Slots, clock: FakeClock, size: int = 5) -> Bulkhead:
    return Bulkhead("jamf", size=size, slots=slots, time=clock, shuffle=lambda numbers: numbers)


@pytest.mark.parametrize("fault", DOWN, ids=repr)
def test__store_down__the_call_is_made(
    slots: Slots, clock: FakeClock, fault: BreakwaterError, caplog: pytest.LogCaptureFixture
) -> None:
    slots.fault = fault
    limit, made = bulkhead(slots, clock), 0
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            with limit.slot(timeout=30):
                made += 1
    assert made == 10
    assert slots.asked == ["bulkhead/jamf/0"] * 2
    assert [record.getMessage() for record in caplog.records] == [
        f"bulkhead of jamf is left alone for a while: {fault}"
    ]


def test__store_down__is_asked_again_after_the_pause(slots: Slots, clock: FakeClock) -> None:
    slots.fault = DOWN[0]
    limit = bulkhead(slots, clock)
    for _ in range(3):
        with limit.slot(timeout=30):
            pass
    slots.fault = None
    clock.advance(5)
    with limit.slot(timeout=30):
        assert list(slots.held) == ["bulkhead/jamf/0"]
    assert slots.held == {}


def test__one_miss_between_answers__is_forgiven(slots: Slots, clock: FakeClock) -> None:
    limit = bulkhead(slots, clock)
    for number in range(8):
        slots.fault = DOWN[0] if number % 2 else None
        with limit.slot(timeout=30):
            pass
    assert slots.asked.count("bulkhead/jamf/0") == 8


@pytest.mark.parametrize("fault", DOWN, ids=repr)
def test__store_down_at_the_end__the_call_s_result_stands_and_the_slot_ends_by_itself(
    slots: Slots, clock: FakeClock, fault: BreakwaterError, caplog: pytest.LogCaptureFixture
) -> None:
    limit = bulkhead(slots, clock, size=1)
    with caplog.at_level(logging.WARNING), limit.slot(timeout=30):
        slots.fault = fault
    assert f"slot 0 of jamf ends with its lease: {fault}" in caplog.text
    slots.fault = None
    with pytest.raises(ResourceBusyError), limit.slot(timeout=30):
        pytest.fail("the slot is still leased")
    clock.advance(41)
    with limit.slot(timeout=30):
        pass


def test__store_left_alone__nothing_is_given_back_either(slots: Slots, clock: FakeClock) -> None:
    limit = bulkhead(slots, clock)
    with limit.slot(timeout=30):
        slots.fault = DOWN[0]
        for _ in range(2):
            with limit.slot(timeout=30):
                pass
        slots.asked.clear()
    assert slots.asked == []


def test__many_slots__a_full_house_is_not_searched_to_the_end(
    slots: Slots, clock: FakeClock
) -> None:
    for number in range(50):
        now = clock.now()
        until = datetime.fromtimestamp(clock.time() + 50 - number, now.tzinfo)
        slots.acquire(f"bulkhead/jamf/{number}", holder="other", now=now, until=until)
    slots.asked.clear()
    with pytest.raises(ResourceBusyError) as caught, bulkhead(slots, clock, 50).slot(timeout=30):
        pytest.fail("it is full")
    assert len(slots.asked) == TRIES
    assert (caught.value.held_until - clock.now()).total_seconds() == 50 - TRIES + 1


def test__slot_held_last__is_tried_first(slots: Slots, clock: FakeClock) -> None:
    limit = bulkhead(slots, clock)
    now = clock.now()
    slots.acquire("bulkhead/jamf/0", holder="other", now=now, until=now.replace(year=2030))
    slots.asked.clear()
    for _ in range(3):
        with limit.slot(timeout=30):
            pass
    mine = ["bulkhead/jamf/1", "release"]
    assert slots.asked == ["bulkhead/jamf/0", *mine, *mine, *mine]


def test__environments__do_not_all_begin_with_the_same_slot(slots: Slots, clock: FakeClock) -> None:
    for _ in range(40):
        with Bulkhead("jamf", size=5, slots=slots, time=clock).slot(timeout=30):
            pass
    assert len(set(slots.asked) - {"release"}) > 1
