import logging

import pytest

from breakwater.domain.errors import (
    BreakwaterError,
    ConfigurationError,
    PermanentError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.services.upkeep import ProbeRun
from tests.fakes.overview import EIGHT
from tests.unit.services.minute import LIMIT, SICK, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    "error",
    [
        SICK,
        PermanentError("403", service="intune", status_code=403),
        ConfigurationError("intune is not configured"),
        StorageUnavailableError("no"),
        KeyError("a bug"),
    ],
)
def test__probe__fails_in_any_way__is_logged_with_its_service_and_the_next_comes(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    world.is_open("intune")
    world.is_open("jamf")
    world.vendors["intune"].error = error
    world.sweep()

    assert world.state("jamf") is State.CLOSED
    (record,) = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert record.__dict__["service"] == "intune"
    assert (record.levelname == "ERROR") is (not isinstance(error, BreakwaterError))


def test__write__fails_for_one__the_others_are_looked_after_and_all_are_measured(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for service in ("intune", "jamf"):
        world.store.is_forced(service, Mode.FORCED_CLOSED, until=world.now)
    world.store.refuses = "intune"
    world.sweep()

    assert world.store.read("intune").override_mode is Mode.FORCED_CLOSED
    assert world.store.read("jamf").override_mode is None
    assert [service for service, _ in world.measured] == list(EIGHT)
    assert [record.__dict__["service"] for record in caplog.records] == ["intune"]


def test__gauge__fails_for_one__the_others_are_measured_and_it_is_probed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.is_open("intune")
    gauge = world.gauge

    def broken(circuit: Circuit) -> None:
        if circuit.service == "intune":
            raise OSError("stdout is gone")
        gauge(circuit)

    world.gauge = broken
    world.sweep()

    assert [service for service, _ in world.measured] == [x for x in EIGHT if x != "intune"]
    assert world.state("intune") is State.CLOSED
    assert "intune could not be measured" in caplog.text


def test__circuits__cannot_be_read__says_so(world: World) -> None:
    world.store.error = StorageUnavailableError("no")

    with pytest.raises(StorageUnavailableError):
        world.sweep()


def test__vendors__hang__each_in_turn_has_the_time_to_be_judged(world: World) -> None:
    for service, vendor in world.vendors.items():
        world.is_open(service)
        vendor.takes = 30.0
        vendor.error = TransientError("timed out", service=service)
    for seen in ([[LIMIT], [], []], [[LIMIT], [LIMIT], []], [[LIMIT], [LIMIT], [LIMIT]]):
        began = world.clock.monotonic()
        world.sweep()

        assert [vendor.given for vendor in world.vendors.values()] == seen
        assert world.clock.monotonic() - began <= LIMIT
        world.clock.advance(30.0)
    assert {world.state(service) for service in world.configured} == {State.OPEN}


def test__vendors__answer_quickly__leave_their_time_to_the_next(world: World) -> None:
    for service in world.configured:
        world.is_open(service)
    world.vendors["sccm"].takes = 40.0
    world.sweep()

    assert world.vendors["sccm"].given == [LIMIT]
    assert world.state("sccm") is State.CLOSED


def test__probe_run__changes_nothing_and_waits_no_longer_than_it_may(world: World) -> None:
    world.is_open("intune")
    world.sweep()
    (run,) = world.vendors["intune"].runs

    assert isinstance(run, ProbeRun)
    with pytest.raises(TypeError, match="assign"):
        run.effect("assign")
    with pytest.raises(TypeError, match="app-1"):
        run.lease("app-1")
    run.pause(1.0)
    run.pause(1000.0)
    assert world.clock.slept == [1.0, LIMIT - 1.0]
