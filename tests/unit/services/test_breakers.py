from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from breakwater.domain.errors import StorageUnavailableError
from breakwater.resilience.breaker import EXPIRED
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.resilience.observer import Unobserved
from breakwater.services.breakers import TRIES, Breakers, Override
from tests.fakes.clock import FakeClock
from tests.fakes.overview import EIGHT, MemoryCircuits, MemoryOverview

LIMIT = 2.0
OPEN_AN_HOUR = Override(Mode.FORCED_OPEN, "on fire", 3600)
CLOSED_A_MINUTE = Override(Mode.FORCED_CLOSED, "it is well", 60)
BACK = Override(Mode.AUTOMATIC, "over", None)


class Told(Unobserved):
    def __init__(self) -> None:
        self.changes: list[tuple[Mode | None, Mode | None]] = []

    def changed(self, before: Circuit, after: Circuit) -> None:
        self.changes.append((before.override_mode, after.override_mode))


@dataclass
class Desk:
    """Breakers on twins."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryCircuits = field(default_factory=MemoryCircuits)
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.breakers = Breakers(
            circuits=MemoryOverview(self.store),
            store=self.store,
            services=EIGHT,
            clock=self.clock,
            observer=self.told,
            limit_seconds=LIMIT,
        )

    @property
    def now(self) -> float:
        return self.clock.now().timestamp()

    def override(self, wanted: Override, by: str = "operator-1") -> Circuit:
        return self.breakers.override("intune", wanted, by=by)

    def others_first(self, times: int, do: Callable[[], object]) -> None:
        """Let another one write just before each of the next `times` writes."""
        left = [do] * times

        def write() -> None:
            if left:
                hook, self.store.before_write = self.store.before_write, None
                left.pop()()
                self.store.before_write = hook

        self.store.before_write = write


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test__override__forced_open__stands_with_who_why_and_until_when(desk: Desk) -> None:
    circuit = desk.override(OPEN_AN_HOUR)

    assert circuit == desk.store.read("intune")
    assert circuit.is_open
    assert (circuit.override_mode, circuit.override_by) == (Mode.FORCED_OPEN, "operator-1")
    assert (circuit.override_reason, circuit.override_until) == ("on fire", desk.now + 3600)
    assert desk.store.overrides == [("automatic", "forced_open", "operator-1", "on fire")]


def test__override__another_one__replaces_it_and_both_are_in_the_trail(desk: Desk) -> None:
    desk.override(OPEN_AN_HOUR)
    circuit = desk.override(CLOSED_A_MINUTE, by="operator-2")

    assert circuit.override_mode is Mode.FORCED_CLOSED
    assert not circuit.is_open
    assert desk.store.overrides == [
        ("automatic", "forced_open", "operator-1", "on fire"),
        ("forced_open", "forced_closed", "operator-2", "it is well"),
    ]


def test__automatic__after_forced_open__may_be_probed_at_once(desk: Desk) -> None:
    desk.override(OPEN_AN_HOUR)
    circuit = desk.override(BACK)

    assert circuit.override_mode is None
    assert (circuit.state, circuit.retry_at) == (State.OPEN, desk.now)
    assert desk.store.overrides[-1] == ("forced_open", "automatic", "operator-1", "over")


def test__automatic__nothing_is_in_force__writes_nothing(desk: Desk) -> None:
    desk.store.stands("intune", state="open", generation=3, retry_at=desk.now + 5)
    circuit = desk.override(BACK)

    assert circuit == desk.store.read("intune")
    assert (desk.store.written, desk.store.changes, desk.told.changes) == (0, [], [])


def test__override__after_one_that_is_over__its_end_comes_first_in_the_trail(desk: Desk) -> None:
    desk.store.is_forced("intune", Mode.FORCED_CLOSED, until=desk.now)
    desk.override(OPEN_AN_HOUR)

    assert desk.store.overrides == [
        ("forced_closed", "automatic", "breakwater", EXPIRED),
        ("automatic", "forced_open", "operator-1", "on fire"),
    ]


def test__automatic__after_one_that_is_over__is_its_end_and_nobodys_deed(desk: Desk) -> None:
    desk.store.is_forced("intune", Mode.FORCED_CLOSED, until=desk.now)

    assert desk.override(BACK).override_mode is None
    assert desk.store.overrides == [("forced_closed", "automatic", "breakwater", EXPIRED)]


def test__override__circuit_trips_meanwhile__is_written_to_the_new_generation(desk: Desk) -> None:
    def trip() -> None:
        generation = desk.store.read("intune").generation + 1
        desk.store.stands("intune", state="open", generation=generation, retry_at=desk.now + 60)

    desk.others_first(TRIES - 1, trip)
    circuit = desk.override(CLOSED_A_MINUTE)

    assert (circuit.override_mode, circuit.generation) == (Mode.FORCED_CLOSED, TRIES - 1)
    assert len(desk.store.overrides) == 1


def test__override__circuit_never_stands_still__gives_up_and_has_written_nothing(
    desk: Desk,
) -> None:
    def move() -> None:
        desk.store.stands("intune", generation=desk.store.read("intune").generation + 1)

    desk.others_first(TRIES, move)

    with pytest.raises(StorageUnavailableError):
        desk.override(CLOSED_A_MINUTE)
    assert (desk.store.written, desk.store.overrides) == (TRIES, [])


def test__override__time_is_up__begins_no_further_write(desk: Desk) -> None:
    def move() -> None:
        desk.store.stands("intune", generation=desk.store.read("intune").generation + 1)
        desk.clock.advance(LIMIT)

    desk.others_first(TRIES, move)

    with pytest.raises(StorageUnavailableError):
        desk.override(CLOSED_A_MINUTE)
    assert desk.store.written == 1


def test__automatic__another_operator_was_first__is_not_said_twice(desk: Desk) -> None:
    desk.override(OPEN_AN_HOUR)
    desk.others_first(1, lambda: desk.override(BACK, by="operator-2"))

    assert desk.override(BACK).override_mode is None
    assert [by for _, new, by, _ in desk.store.overrides if new == "automatic"] == ["operator-2"]


def test__observer__is_told_of_each_write_that_landed(desk: Desk) -> None:
    desk.store.is_forced("intune", Mode.FORCED_CLOSED, until=desk.now)
    desk.override(OPEN_AN_HOUR)

    assert desk.told.changes == [(Mode.FORCED_CLOSED, None), (None, Mode.FORCED_OPEN)]


def test__read__override_that_is_over__counts_as_none_and_is_not_written(desk: Desk) -> None:
    desk.store.is_forced("intune", Mode.FORCED_CLOSED, until=desk.now + 1, state="open", failures=7)
    assert desk.breakers.read("intune").override_mode is Mode.FORCED_CLOSED
    desk.clock.advance(1)
    circuit = desk.breakers.read("intune")

    assert (circuit.override_mode, circuit.state, circuit.failures) == (None, State.CLOSED, 0)
    assert not circuit.is_open
    assert desk.store.written == 0


def test__read__forced_open_is_over__could_be_probed_since_then(desk: Desk) -> None:
    ended = desk.now
    desk.store.is_forced("intune", Mode.FORCED_OPEN, until=ended)
    desk.clock.advance(100)

    for circuit in (desk.breakers.read("intune"), desk.breakers.read_all()["intune"]):
        assert (circuit.state, circuit.retry_at) == (State.OPEN, ended)


def test__read_all__nobody_has_written__are_eight_closed_circuits(desk: Desk) -> None:
    circuits = desk.breakers.read_all()

    assert tuple(circuits) == EIGHT
    assert {circuit.state for circuit in circuits.values()} == {State.CLOSED}
    assert all(circuit.service == service for service, circuit in circuits.items())


def test__lapse__twice_at_once__is_one_event(desk: Desk) -> None:
    desk.store.is_forced("intune", Mode.FORCED_OPEN, until=desk.now)
    seen = desk.breakers.stored()["intune"]
    first, second = desk.breakers.lapse(seen), desk.breakers.lapse(seen)

    assert first == second
    assert first.override_mode is None
    assert desk.store.overrides == [("forced_open", "automatic", "breakwater", EXPIRED)]


def test__lapse__extended_meanwhile__leaves_it_in_force(desk: Desk) -> None:
    desk.store.is_forced("intune", Mode.FORCED_OPEN, until=desk.now)
    seen = desk.breakers.stored()["intune"]
    desk.store.is_forced("intune", Mode.FORCED_OPEN, until=desk.now + 60)

    assert desk.breakers.lapse(seen).override_until == desk.now + 60
    assert desk.store.overrides == []
