"""The bulkhead on either lease store: how many are in flight, over a whole fleet."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from breakwater.adapters.dynamodb.leases import DynamoLeaseStore
from breakwater.domain.errors import ResourceBusyError
from breakwater.resilience.bulkhead import MARGIN, Bulkhead, Slots
from tests.fakes.clock import FakeClock
from tests.fakes.stores import MemoryLeaseStore
from tests.fakes.threads import at_once
from tests.fakes.wire import Wire

PUT, DELETE = "put_item", "delete_item"
SIZE = 5

Fleet = Callable[..., Bulkhead]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "dynamodb"])
def slots(request: pytest.FixtureRequest) -> Slots:
    if request.param == "memory":
        return MemoryLeaseStore()
    client = request.getfixturevalue("dynamodb")
    return DynamoLeaseStore(client, leases_table="leases")


@pytest.fixture
def fleet(slots: Slots, clock: FakeClock) -> Fleet:
    """Make one environment's bulkhead."""
    return lambda size=SIZE: Bulkhead("jamf", size=size, slots=slots, time=clock)


def test__slots__all_held__the_next_is_busy_until_the_first_ends(
    fleet: Fleet, clock: FakeClock
) -> None:
    with ExitStack() as calls:
        for number in range(SIZE):
            calls.enter_context(fleet().slot(timeout=30 + number))
        with pytest.raises(ResourceBusyError) as caught, fleet().slot(timeout=30):
            pytest.fail("a sixth call")
        assert caught.value.resource == "bulkhead/jamf"
        assert (caught.value.held_until - clock.now()).total_seconds() == 30 + MARGIN


def test__slot__given_back__is_free(fleet: Fleet) -> None:
    entered = []
    for caller in ("first", "second"):
        with fleet(1).slot(timeout=30):
            entered.append(caller)
    assert entered == ["first", "second"]


def test__slot__after_an_error__is_free_and_the_error_is_the_caller_s(fleet: Fleet) -> None:
    with pytest.raises(KeyError), fleet(1).slot(timeout=30):
        raise KeyError
    with fleet(1).slot(timeout=30):
        pass


def test__holder_dead__its_slot_ends_with_the_lease(fleet: Fleet, clock: FakeClock) -> None:
    dead = fleet(1).slot(timeout=30)
    dead.__enter__()
    clock.advance(30 + MARGIN - 0.1)
    with pytest.raises(ResourceBusyError), fleet(1).slot(timeout=30):
        pytest.fail("while the lease lasts")
    clock.advance(0.1)
    with fleet(1).slot(timeout=30):
        pass


def test__overrun__a_late_holder_does_not_free_the_next_one_s_slot(
    fleet: Fleet, clock: FakeClock
) -> None:
    late = fleet(1).slot(timeout=30)
    late.__enter__()
    clock.advance(60)
    with fleet(1).slot(timeout=30):
        late.__exit__(None, None, None)
        with pytest.raises(ResourceBusyError), fleet(1).slot(timeout=30):
            pytest.fail("the slot is held")


def test__many_at_once__never_more_than_the_size(fleet: Fleet) -> None:
    lock, inside, most, busy = threading.Lock(), [0], [0], [0]

    def call(_: int) -> None:
        bulkhead = fleet()
        for _ in range(4):
            try:
                with bulkhead.slot(timeout=30):
                    with lock:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    threading.Event().wait(0.002)
                    with lock:
                        inside[0] -= 1
            except ResourceBusyError:
                with lock:
                    busy[0] += 1

    at_once(16, call)
    assert 0 < most[0] <= SIZE
    assert busy[0] > 0


def test__uncontended__takes_two_writes(dynamodb: Any, clock: FakeClock) -> None:
    wire = Wire(dynamodb)
    slots = DynamoLeaseStore(wire, leases_table="leases")
    for _ in range(10):
        with Bulkhead("jamf", size=SIZE, slots=slots, time=clock).slot(timeout=30):
            pass
    assert wire.operations == [PUT, DELETE] * 10


def test__beside_others__an_environment_comes_back_to_its_own_slot(
    dynamodb: Any, clock: FakeClock
) -> None:
    wire = Wire(dynamodb)
    slots = DynamoLeaseStore(wire, leases_table="leases")
    mine = Bulkhead("jamf", size=SIZE, slots=slots, time=clock)
    with Bulkhead("jamf", size=SIZE, slots=slots, time=clock).slot(timeout=30):
        with mine.slot(timeout=30):
            pass
        wire.sent.clear()
        for _ in range(10):
            with mine.slot(timeout=30):
                pass
    assert wire.operations[:20] == [PUT, DELETE] * 10
