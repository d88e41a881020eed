"""What environments that share a circuit, or a bulkhead, keep from each other."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, ThrottledError
from breakwater.resilience.circuit import State
from tests.contract.http.fleet import Fleet, failed
from tests.contract.http.server import Held, Server, answer, serve

OK, DOWN = answer(), answer(500)


def test__half_open__one_probe_and_the_others_refused_until_it_is_judged(
    fleet: Fleet, server: Server
) -> None:
    fleet.opens()
    slowly = Held(answer(connection="close"))
    vendor = server(slowly, *[serve(OK)] * 4)
    with ThreadPoolExecutor(1) as pool:
        probe = pool.submit(fleet.environment(), "GET", vendor.url)
        assert slowly.asked.wait(5)
        for _ in range(4):
            assert isinstance(failed(fleet.environment(), vendor.url), CircuitBreakerOpenError)
        assert vendor.connections == 1
        slowly.proceed.set()
        assert probe.result().status_code == 200
    assert fleet.circuit.state is State.CLOSED
    assert fleet.environment()("GET", vendor.url).status_code == 200
    assert fleet.seen.told.count("probed") == 1


def test__probe_fails__reopens_for_longer_and_is_not_retried(fleet: Fleet, server: Server) -> None:
    fleet.opens()
    down = server(serve(DOWN, OK))
    error = failed(fleet.environment(), down.url)
    assert isinstance(error, CircuitBreakerOpenError)
    assert error.retry_after >= 120
    assert len(down.requests) == 1


def test__probe_is_throttled__given_back_and_tried_again(fleet: Fleet, server: Server) -> None:
    fleet.opens()
    busy = server(serve(answer(429), OK))
    assert fleet.environment()("GET", busy.url).status_code == 200
    assert fleet.circuit.state is State.CLOSED
    assert fleet.seen.told.count("probed") == 2


@pytest.mark.parametrize("late", [OK, DOWN])
def test__late_result__changes_nothing_of_a_newer_generation(
    fleet: Fleet, server: Server, late: bytes
) -> None:
    slowly = Held(late)
    vendor, slow = server(slowly), fleet.environment()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(slow, "POST", vendor.url)
        assert slowly.asked.wait(5)
        fleet.opens()
        before = fleet.circuit
        slowly.proceed.set()
        assert (call.exception() is None) is (late is OK)
    assert fleet.circuit == before


def test__bulkhead_full__waits_like_a_throttled_call_and_is_not_sent(
    fleet: Fleet, server: Server
) -> None:
    slowly = Held(OK)
    vendor = server(slowly)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(fleet.environment(bulkhead=1), "GET", vendor.url)
        assert slowly.asked.wait(5)
        error = failed(fleet.environment(bulkhead=1), vendor.url, method="POST")
        slowly.proceed.set()
        call.result()
    assert isinstance(error, ThrottledError)
    assert (error.blames_service, error.may_have_applied) == (False, False)
    assert vendor.connections == 1
    assert fleet.store.items == {}
    assert fleet.slots.held == {}


def test__bulkhead_and_open_circuit__writes_nothing_for_a_slot(
    fleet: Fleet, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.opens()
    fleet.clock.advance(-60)
    asked: list[str] = []
    monkeypatch.setattr(fleet.slots, "acquire", lambda name, **_: asked.append(name))
    error = failed(fleet.environment(bulkhead=1), server(serve(OK)).url)
    assert isinstance(error, CircuitBreakerOpenError)
    assert asked == []
