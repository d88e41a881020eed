"""How every vendor's deployment ends, by what the vendor does to each of its calls."""

import time
from itertools import product
from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.deployments.cases import every
from tests.contract.connectors.landscape.calls import SNAP
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import Machine, World

RUNNING, RETRYING, SUCCESS, FAILED, UNKNOWN = (
    Status.RUNNING,
    Status.RETRYING,
    Status.SUCCESS,
    Status.FAILED,
    Status.UNKNOWN,
)
LOST = ["truncated", "reset", "hang"]
"""Faults after which no whole answer has come."""
UNUSABLE = [*LOST, "malformed", "html"]
BOUNDED = 8.0
"""Seconds, on a busy machine too, for attempts of less than one; a trickle takes ten and more."""


def assert_course(subject: Subject[Any], machine: Machine, call: str) -> None:
    """A deployment has gone well, if need be in a second attempt at a call."""
    if call in subject.after:
        assert machine.statuses[0] is RUNNING
        assert machine.statuses[-1] is SUCCESS
    else:
        assert machine.statuses in (subject.course, [RETRYING, *subject.course])


def assert_no_more_than_asked_for(subject: Subject[Any], world: World[Any], call: str) -> None:
    """What failed at a call has had an effect if the call comes after it, and else none."""
    if call in subject.after:
        assert subject.count(world) == 1
    else:
        subject.assert_never(world)


@every("call, status", lambda one: product(one.calls, one.refusals))
def test__definite_refusal__failed_at_once(
    world: World[Any], subject: Subject[Any], call: str, status: int
) -> None:
    subject.strike(world, "status", call, count=None, status=status)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == ([RUNNING, FAILED] if call in subject.after else [FAILED])
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("PermanentError", status)
    assert bool(task.problem.response_body) == (status >= 400)
    assert (task.intent, task.retries, world.vendor.hits()) == (None, 0, 1)
    assert_no_more_than_asked_for(subject, world, call)
    assert world.leases.held == {}


@every("call", lambda one: product(one.authorized))
def test__401_once__one_login_and_on(world: World[Any], subject: Subject[Any], call: str) -> None:
    subject.strike(world, "status", call, status=401)
    machine = world.accept()
    machine.run()
    assert machine.statuses == subject.course
    assert world.vendor.effects("login", "tokens") == (2 if subject.login else 0)
    subject.assert_once(world)


@every("call", lambda one: product(one.authorized))
def test__401_for_ever__failed_after_one_login(
    world: World[Any], subject: Subject[Any], call: str
) -> None:
    subject.strike(world, "status", call, count=None, status=401)
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (FAILED, "PermanentError")
    assert world.vendor.hits() == 2
    assert_no_more_than_asked_for(subject, world, call)


def test__wrong_secret__failed_and_it_is_told_nowhere(
    world: World[Any], subject: Subject[Any]
) -> None:
    world.secret[subject.secret] = "wrong-and-secret"
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (FAILED, "PermanentError")
    assert task.problem is not None
    assert task.problem.status_code in {400, 401}
    assert "wrong-and-secret" not in repr(task) + repr(world.executions.events)
    if subject.login:
        assert world.vendor.requests("GET", "/") == []
    subject.assert_never(world)


@every(
    "call, status, asked",
    lambda one: product(one.calls, one.throttling, ["45", "37.5"]),
    more=[SNAP],
)
def test__asked_to_wait__parked_until_then_without_costing_an_attempt(
    world: World[Any], subject: Subject[Any], call: str, status: int, asked: str
) -> None:
    subject.strike(world, "status", call, status=status, retry_after=asked)
    machine = world.accept()
    started = world.clock.now()
    while world.vendor.hits() == 0:
        started = world.clock.now()
        machine.step()
    assert (machine.error_type, machine.now().status) == ("ThrottledError", RETRYING)
    assert (world.clock.now() - started).total_seconds() >= float(asked)
    task = machine.run()
    assert (task.status, task.retries) == (SUCCESS, 0)
    subject.assert_once(world)


@every(
    "call, status, times",
    lambda one: (
        *product(one.repeatable, one.transient, [2, 3]),
        *product(one.before, one.busy, [2, 3]),
    ),
)
def test__transient_status_around_the_effect__tried_again(
    world: World[Any], subject: Subject[Any], call: str, status: int, times: int
) -> None:
    subject.strike(world, "status", call, count=times, status=status)
    machine = world.accept()
    task = machine.run()
    assert_course(subject, machine, call)
    assert (RETRYING in machine.statuses) == (times == 3)
    assert task.retries == times - 2
    subject.assert_once(world)


@every(
    "status, kind, when",
    lambda one: product((*one.transient, *one.busy), ["status", "html"], ["before", "after"]),
    more=[SNAP],
)
def test__transient_status_on_the_effect__sent_once_then_looked_up(
    world: World[Any], subject: Subject[Any], status: int, kind: str, when: str
) -> None:
    subject.strike(world, kind, subject.effect, status=status, when=when)
    machine = world.accept()
    arrived = subject.arrived(world)
    machine.step()
    assert machine.statuses == [RETRYING]
    assert subject.arrived(world) == arrived + 1
    # Of a 429 it is known that nothing came of it, by the contract of every vendor.
    assert (machine.now().intent is None) == (status == 429)
    if (status, when) == (429, "after"):
        return  # what a vendor that lies about it deserves
    machine.run()
    if when == "before" and status != 429 and not subject.sends_again:
        assert machine.statuses == [RETRYING, UNKNOWN]
        assert subject.arrived(world) == arrived + 1
        subject.assert_never(world)
    else:
        assert machine.statuses == [RETRYING, *subject.course]
        assert subject.arrived(world) == arrived + (2 if when == "before" else 1)
        subject.assert_once(world)


@every("call, kind, when", lambda one: product(one.calls, UNUSABLE, ["before", "after"]))
def test__answer_that_cannot_be_used__nothing_is_lost_or_doubled(
    world: World[Any], subject: Subject[Any], call: str, kind: str, when: str
) -> None:
    subject.strike(world, kind, call, when=when)
    arrived, began = subject.arrived(world), time.monotonic()
    machine = world.accept()
    if call == subject.effect and kind in LOST:
        machine.step()
        assert machine.now().intent
        assert machine.statuses == [RETRYING]
    machine.run()
    assert world.vendor.hits() == 1
    lost = (call, when) == (subject.effect, "before")
    assert subject.arrived(world) == arrived + (2 if lost and subject.sends_again else 1)
    if lost and not subject.sends_again:
        assert machine.statuses == [RETRYING, UNKNOWN]
        subject.assert_never(world)
    else:
        assert_course(subject, machine, call)
        subject.assert_once(world)
    assert time.monotonic() - began < BOUNDED


@every("call, from_first_byte", lambda one: product(one.calls, [False, True]))
def test__answer_trickles__the_attempt_is_bounded(
    world: World[Any], subject: Subject[Any], call: str, from_first_byte: bool
) -> None:
    trickle = {"interval_seconds": 0.1, "from_first_byte": from_first_byte}
    subject.strike(world, "trickle", call, when="after", **trickle)
    began = time.monotonic()
    machine = world.accept()
    machine.run()
    assert_course(subject, machine, call)
    subject.assert_once(world)
    assert time.monotonic() - began < BOUNDED


@pytest.mark.parametrize("kind", ["status", "html"])
def test__vendor_is_down_for_good__failed_when_the_attempts_are_used_up(
    world: World[Any], subject: Subject[Any], kind: str
) -> None:
    world.vendor.fault(kind, count=None, status=502)
    machine = world.accept()
    task = machine.run()
    assert machine.statuses == [RETRYING, FAILED]
    assert task.problem is not None
    assert (task.problem.type, task.problem.status_code) == ("TransientError", 502)
    assert (task.retries, world.vendor.hits()) == (3, 12)
    subject.assert_never(world)
