"""Deployments while Jamf's circuit opens and closes, its probe, and its five connections."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from breakwater.domain.errors import CircuitBreakerOpenError, TransientError
from breakwater.domain.progress import Directive
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors import circuits as circuits_of
from tests.contract.connectors.jamf.calls import BUNDLE, DEPLOY, assert_queued_once
from tests.contract.connectors.jamf.vendor import Jamf
from tests.contract.connectors.world import Machine, World

HEALTH, LISTS = "GET /health-check", "GET /mdm/commands"
CONTEXT = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]
BULKHEAD: int = CONTEXT["breakers"]["jamf"]["bulkhead"]


class Circuits(circuits_of.Circuits[Jamf]):
    """Jamf's circuit, and how it comes to open."""

    bulkhead = BULKHEAD

    def opens(self) -> None:
        """Let other work open the circuit."""
        self.world.vendor.fault("status", LISTS, count=None, status=503)
        machine = self.world.accept(device_ids=[20])
        while self.circuit.state is not State.OPEN:
            machine.step()


@pytest.fixture
def circuits(world: World[Jamf]) -> Iterator[Circuits]:
    with ExitStack() as stack:
        yield Circuits(world, stack)


def test__vendor_dies_and_recovers__parked_deployments_succeed_in_their_first_attempts(
    world: World[Jamf], circuits: Circuits
) -> None:
    circuits.opens()
    machine = world.accept()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    world.vendor.clear_faults()
    task = machine.run()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)
    assert circuits.circuit.state is State.CLOSED


@pytest.mark.parametrize(("when", "end"), [("after", Status.SUCCESS), ("before", Status.UNKNOWN)])
def test__effect_in_doubt_when_the_circuit_opens__is_looked_for_and_never_repeated(
    world: World[Jamf], circuits: Circuits, when: str, end: Status
) -> None:
    world.vendor.fault("reset", DEPLOY, when=when)
    machine = world.accept()
    machine.step()
    circuits.opens()
    machine.step()
    assert machine.error_type == "CircuitBreakerOpenError"
    assert machine.now().intent is not None
    world.vendor.clear_faults()
    assert machine.run().status is end
    assert world.vendor.sent() == 1


def test__refused_devices__are_no_failures_of_the_service(
    world: World[Jamf], circuits: Circuits
) -> None:
    for _ in range(6):
        assert world.accept(device_ids=[999]).run().status is Status.FAILED
    assert (circuits.circuit.state, circuits.circuit.failures) == (State.CLOSED, 0)


def test__probe__is_one_look_at_the_health_without_a_login(
    world: World[Jamf], circuits: Circuits
) -> None:
    circuits.probe()
    (read,) = world.vendor.requests("GET", "/")
    assert (read["path"], read["status"]) == ("/jamf/api/v1/health-check", 204)
    assert world.vendor.effects("login", "tokens") == 0


def test__probe_of_an_idle_circuit__closes_it_with_one_probe(
    world: World[Jamf], circuits: Circuits
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.clock.advance(120)
    circuits.probe()
    assert circuits.circuit.state is State.CLOSED


@pytest.mark.parametrize("kind", ["reset", "html"])
def test__probe_of_a_sick_vendor__reopens_and_is_not_retried(
    world: World[Jamf], circuits: Circuits, kind: str
) -> None:
    circuits.opens()
    world.vendor.clear_faults()
    world.vendor.fault(kind, HEALTH, count=None, **({"status": 503} if kind == "html" else {}))
    world.clock.advance(120)
    slept = len(world.clock.slept)
    with pytest.raises((TransientError, CircuitBreakerOpenError)):
        circuits.probe()
    assert (circuits.circuit.state, circuits.circuit.reopens) == (State.OPEN, 1)
    assert len(world.clock.slept) == slept


def test__probe_while_the_circuit_is_closed__asks_once(
    world: World[Jamf], circuits: Circuits
) -> None:
    world.vendor.fault("status", HEALTH, count=None, status=503)
    with pytest.raises(TransientError):
        circuits.probe()
    assert world.vendor.hits() == 1


def test__health_check_answers_with_a_page__says_so(world: World[Jamf], circuits: Circuits) -> None:
    world.vendor.fault("html", HEALTH)
    with pytest.raises(TransientError, match="health check with 200"):
        circuits.probe()


class Lambda(threading.Thread):
    """One attempt, in a thread and with connections of its own."""

    def __init__(self, circuits: Circuits, machine: Machine, *, limited: bool) -> None:
        super().__init__(daemon=True)
        self._http = circuits.client(5, limited=limited)
        self._world, self._machine = circuits.world, machine
        self.answer: Directive | None = None

    def run(self) -> None:
        self.answer = self._machine.invoke(self._world.with_http(self._http))


@pytest.mark.parametrize("limited", [True, False])
def test__twelve_at_once__jamf_never_sees_more_than_five(
    world: World[Jamf], circuits: Circuits, limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it would see more without the bulkhead, or this would prove nothing."""
    # Real time passes here. Whoever waited would otherwise skip the others' leases to their ends.
    monkeypatch.setattr(world.clock, "sleep", lambda _: time.sleep(0.02))
    devices = list(range(1000, 1012))
    for device in devices:
        world.vendor.computer(device)
    world.vendor.script(seconds_per_request=0.05, token_lifetime_seconds=86_400)
    machines = [world.accept(device_ids=[device]) for device in devices]
    running = [Lambda(circuits, machine, limited=limited) for machine in machines]
    for one in running:
        one.start()
    for one in running:
        one.join(20)
    # Only now: going on moves the clock, and with it the slots of whoever still runs to their ends.
    for machine, one in zip(machines, running, strict=True):
        assert one.answer is not None
        machine.go_on(one.answer)
    for machine in machines:
        assert machine.run().status is Status.SUCCESS
    assert [world.vendor.queued(one, BUNDLE) for one in devices] == [1] * 12
    assert (world.vendor.most_connected() <= BULKHEAD) is limited
    assert BULKHEAD == 5


def test__one_deployment__takes_one_slot_at_a_time_and_gives_each_back(
    world: World[Jamf], circuits: Circuits
) -> None:
    assert world.accept().run().status is Status.SUCCESS
    assert (world.vendor.most_connected(), circuits.slots.held) == (1, {})
    assert_queued_once(world)
