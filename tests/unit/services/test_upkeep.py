import logging
from typing import Any

import pytest

from breakwater.ports import Run
from breakwater.resilience.breaker import EXPIRED
from breakwater.resilience.circuit import Mode, State
from breakwater.services.upkeep import IDLE_SECONDS
from tests.fakes.overview import EIGHT
from tests.unit.services.minute import RUN_ID, SICK, Vendor, World


@pytest.fixture
def world() -> World:
    return World()


def test__sweep__all_is_well__measures_all_eight_and_writes_nothing(world: World) -> None:
    found = world.sweep()

    assert found == dict.fromkeys(EIGHT, "closed")
    assert world.measured == list(found.items())
    assert world.store.written == 0
    assert [vendor.runs for vendor in world.vendors.values()] == [[], [], []]


def test__idle__vendor_answers__closes_the_circuit_with_one_probe(world: World) -> None:
    world.is_open("intune")
    world.sweep()

    assert world.state("intune") is State.CLOSED
    (run,) = world.vendors["intune"].runs
    assert run.correlation_id == RUN_ID
    assert [change.new for _, change in world.store.changes] == ["half-open", "closed"]


def test__idle__vendor_is_still_sick__opens_for_longer(world: World) -> None:
    world.is_open("intune")
    world.vendors["intune"].error = SICK
    world.sweep()

    circuit = world.store.read("intune")
    assert (circuit.state, circuit.reopens) == (State.OPEN, 1)
    assert circuit.retry_at == world.now + 120


@pytest.mark.parametrize("since", [-1.0, 0.0, IDLE_SECONDS - 0.1])
def test__open__not_idle_for_a_minute_yet__is_left_to_callers(world: World, since: float) -> None:
    world.is_open("intune", since=since)
    world.sweep()

    assert world.vendors["intune"].runs == []
    assert world.state("intune") is State.OPEN


@pytest.mark.parametrize(
    ("values", "probed"),
    [
        ({"probe_owner": "dead", "probe_until": -IDLE_SECONDS}, True),
        ({"probe_owner": "alive", "probe_until": 5.0, "updated_at": -600.0}, False),
        ({"probe_owner": "dead", "probe_until": -1.0}, False),
        ({"updated_at": -IDLE_SECONDS}, True),
        ({"updated_at": -1.0}, False),
        ({}, True),
    ],
)
def test__half_open__is_probed_once_nobody_has_for_a_minute(
    world: World, values: dict[str, Any], probed: bool
) -> None:
    moments = {
        name: value + world.now if isinstance(value, float) else value
        for name, value in values.items()
    }
    world.store.stands("intune", state="half-open", generation=2, **moments)
    world.sweep()

    assert (world.state("intune") is State.CLOSED) is probed


@pytest.mark.parametrize("mode", [Mode.FORCED_OPEN, Mode.FORCED_CLOSED])
def test__forced__is_never_probed(world: World, mode: Mode) -> None:
    values = {"state": "open", "retry_at": world.now - 600}
    world.store.is_forced("intune", mode, until=world.now + 1, **values)
    world.sweep()

    assert world.vendors["intune"].runs == []
    assert world.store.written == 0


def test__idle__not_configured__is_measured_and_not_probed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.is_open("servicenow")

    assert world.sweep()["servicenow"] == "open"
    assert world.store.written == 0
    assert caplog.records == []


def test__override__is_over__is_ended_and_recorded_as_nobodys_deed(world: World) -> None:
    world.store.is_forced("ai", Mode.FORCED_CLOSED, until=world.now, state="open")
    world.sweep()

    assert world.store.overrides == [("forced_closed", "automatic", "breakwater", EXPIRED)]
    assert ("ai", "closed") in world.measured


def test__override__forced_open_is_over__is_probed_a_minute_later(world: World) -> None:
    world.store.is_forced("intune", Mode.FORCED_OPEN, until=world.now)
    world.sweep()
    assert (world.state("intune"), world.vendors["intune"].runs) == (State.OPEN, [])
    world.clock.advance(IDLE_SECONDS)
    world.sweep()

    assert world.state("intune") is State.CLOSED


def test__sweep__again__changes_nothing_more(world: World) -> None:
    world.is_open("intune")
    world.store.is_forced("jamf", Mode.FORCED_CLOSED, until=world.now)
    world.sweep()
    changes = list(world.store.changes)
    world.sweep()

    assert world.store.changes == changes


def test__sweep__another_at_the_same_moment__probes_once_and_warns_of_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.is_open("intune")
    mine, others = world.vendors["intune"], Vendor("intune", world)
    answer = mine._answer

    def overtaken(run: Run) -> None:
        # While this one's probe is on its way, another environment comes as far as its own.
        world.vendors["intune"] = others
        world.sweep()
        answer(run)

    mine._answer = overtaken  # type: ignore[method-assign]
    world.sweep()

    assert (len(mine.given), others.given) == (1, [])
    assert world.state("intune") is State.CLOSED
    assert [entry for entry in caplog.records if entry.levelno >= logging.WARNING] == []
