"""Jira's three limits: what waits, for how long, and that nobody is blamed for it."""

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, ThrottledError, TransientError
from breakwater.ports import Integration
from breakwater.resilience.circuit import BreakerSettings, State
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from tests.contract.connectors.jira.desk import CALLS, Desk, Sync
from tests.fakes.stores import MemoryLeaseStore


def guarded(desk: Desk, store: MemoryBreakerStore) -> Integration:
    """Return the integration behind a circuit."""
    settings = {"jira": ServiceSettings(BreakerSettings())}
    guards = Guards(settings, store=store, slots=MemoryLeaseStore(), time=desk.clock)
    return desk.environment(guards)


@pytest.mark.parametrize("told", ["true", "short", "omitted"])
@pytest.mark.parametrize("call", CALLS)
def test__quota_is_used_up__wait_until_its_reset(desk: Desk, call: str, told: str) -> None:
    desk.vendor.limits(requests_per_hour=0, quota_retry_after=told)
    with pytest.raises(ThrottledError) as caught:
        CALLS[call](desk)
    # The reset is told to the minute, rounded up.
    assert 3600 <= caught.value.retry_after <= 3661
    assert not caught.value.blames_service
    assert not caught.value.may_have_applied
    assert desk.clock.slept == []


@pytest.mark.parametrize("call", CALLS)
def test__quota_is_used_up__nothing_is_asked_before_its_reset(desk: Desk, call: str) -> None:
    desk.vendor.limits(requests_per_hour=0)
    with pytest.raises(ThrottledError) as caught:
        CALLS["probe"](desk)
    desk.clock.advance(caught.value.retry_after - 60)
    with pytest.raises(ThrottledError) as again:
        CALLS[call](desk)
    assert again.value.retry_after == pytest.approx(60)
    assert not again.value.may_have_applied
    assert len(desk.vendor.requests("GET", "/")) + len(desk.vendor.requests("POST", "/")) == 1


def test__quota_is_back__goes_on(desk: Desk) -> None:
    desk.vendor.seed(*[desk.ago(hours=1)] * 300)
    desk.vendor.limits(requests_per_hour=2)
    sync, waits = Sync(desk), 0
    for _ in range(20):
        try:
            if not sync.turn():
                break
        except ThrottledError as error:
            desk.clock.advance(error.retry_after)
            waits += 1
    assert sync.known == desk.vendor.truth()
    assert waits == 2  # the third hour reads once more what the chain of tokens was so long about


def test__quota_is_used_up_for_hours__the_circuit_stays_closed(desk: Desk) -> None:
    desk.vendor.limits(requests_per_hour=0)
    store = MemoryBreakerStore()
    for _ in range(10):
        desk.jira = guarded(desk, store)
        with pytest.raises(ThrottledError):
            CALLS["pull"](desk)
        desk.clock.advance(30)
    circuit = store.read("jira")
    assert (circuit.state, circuit.failures) == (State.CLOSED, 0)


def test__burst__waited_for_within_the_call_where_it_only_reads(desk: Desk) -> None:
    desk.vendor.limits(burst_per_second=1)
    CALLS["pull"](desk)
    CALLS["pull"](desk)
    assert desk.clock.slept
    assert max(desk.clock.slept) <= 3


def test__burst__creating_is_not_repeated(desk: Desk) -> None:
    desk.vendor.limits(burst_per_second=1)
    CALLS["open"](desk)
    with pytest.raises(ThrottledError) as caught:
        CALLS["open"](desk)
    assert not caught.value.may_have_applied
    assert len(desk.vendor.issues()) == 1


def test__429_without_a_word__tried_again_and_then_given_up(desk: Desk) -> None:
    desk.vendor.fault("status", "POST /search/jql", status=429, count=3)
    with pytest.raises(TransientError) as caught:
        CALLS["pull"](desk)
    assert not caught.value.blames_service
    CALLS["pull"](desk)


def test__vendor_is_down__the_circuit_opens(desk: Desk) -> None:
    desk.vendor.fault("status", status=503, count=None)
    store = MemoryBreakerStore()
    desk.jira = guarded(desk, store)
    with pytest.raises(TransientError):
        CALLS["pull"](desk)
    with pytest.raises(CircuitBreakerOpenError):
        CALLS["pull"](desk)
    assert store.read("jira").state is State.OPEN
