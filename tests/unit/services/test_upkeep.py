"""Upkeep on twins: vendors behind real breakers, on a clock that the test holds."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from breakwater.domain.errors import (
    BreakwaterError,
    ConfigurationError,
    PermanentError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.ports import Run
from breakwater.resilience.breaker import EXPIRED, CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode, State
from breakwater.resilience.intents import Intent
from breakwater.resilience.store import Written
from breakwater.services.breakers import Breakers
from breakwater.services.upkeep import IDLE_SECONDS, ProbeRun, Upkeep
from tests.fakes.clock import FakeClock
from tests.fakes.overview import EIGHT, MemoryCircuits, MemoryOverview

RUN_ID = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa"
LIMIT = 45.0
SICK = TransientError("answered 503", service="intune", status_code=503)


class Vendor:
    """A connector of which only the probe is asked, and what its breaker makes of it."""

    def __init__(self, service: str, world: "World") -> None:
        self.error: Exception | None = None
        self.takes = 0.0
        self.given: list[float] = []
        self.runs: list[Run] = []
        self._world = world
        self._breaker = CircuitBreaker(
            service,
            settings=BreakerSettings(),
            store=world.store,
            time=world.time,
            spread=lambda: 0.0,
        )

    def probe(self, run: Run) -> None:
        self.runs.append(run)
        self._breaker.call(lambda: self._answer(run), timeout=30.0)

    def _answer(self, run: Run) -> None:
        self.given.append(run.deadline.remaining)
        self._world.clock.advance(min(self.takes, run.deadline.remaining))
        if self.error is not None:
            raise self.error


class Time:
    """observer.Time on the test's clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.now().timestamp()

    def monotonic(self) -> float:
        return self._clock.monotonic()


class PickyStore(MemoryCircuits):
    """A store that does not take writes to one service."""

    refuses: str | None = None

    def attempt(self, service: str, intent: Intent) -> Written:
        if service == self.refuses:
            raise StorageUnavailableError("no")
        return super().attempt(service, intent)


@dataclass
class World:
    """Everything that upkeep looks after."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: PickyStore = field(default_factory=PickyStore)
    measured: list[tuple[str, str]] = field(default_factory=list)
    configured: tuple[str, ...] = ("intune", "jamf", "sccm")

    def __post_init__(self) -> None:
        self.time = Time(self.clock)
        self.vendors = {service: Vendor(service, self) for service in self.configured}
        self.gauge: Callable[[Circuit], None] = lambda circuit: self.measured.append(
            (circuit.service, circuit.state.value)
        )

    @property
    def now(self) -> float:
        return self.time.time()

    def connector(self, service: str) -> Any:
        try:
            return self.vendors[service]
        except KeyError as error:
            raise ConfigurationError(f"there is no connector for {service}") from error

    def upkeep(self) -> Upkeep:
        """Build one environment's upkeep."""
        breakers = Breakers(
            circuits=MemoryOverview(self.store), store=self.store, services=EIGHT, clock=self.clock
        )
        return Upkeep(
            breakers=breakers,
            gauge=lambda circuit: self.gauge(circuit),
            connectors=self.connector,
            configured=self.configured,
            clock=self.clock,
            limit_seconds=LIMIT,
        )

    def sweep(self) -> dict[str, str]:
        return dict(self.upkeep()(RUN_ID))

    def is_open(self, service: str, *, since: float = IDLE_SECONDS) -> None:
        """Let a circuit be open that could have been probed `since` seconds ago."""
        self.store.stands(service, state="open", generation=1, retry_at=self.now - since)

    def state(self, service: str) -> State:
        return self.store.read(service).state


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


def test__vendors__hang__each_has_its_share_and_the_whole_is_bounded(world: World) -> None:
    for service, vendor in world.vendors.items():
        world.is_open(service)
        vendor.takes = 1000.0
        vendor.error = TransientError("timed out", service=service, blames_service=False)
    began = world.clock.monotonic()
    world.sweep()

    assert [vendor.given for vendor in world.vendors.values()] == [[15.0], [15.0], [15.0]]
    assert world.clock.monotonic() - began == LIMIT


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
