"""Tasks that wait for a circuit: until when, how often, and what ends it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from breakwater.domain.attempts import OnOpenCircuit, StepInput
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    DeadlineExceededError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.progress import Done, InProgress, Next
from breakwater.domain.status import Status
from breakwater.services.runs import StepRun
from breakwater.services.steps import WRITING_SECONDS
from breakwater.services.waits import LONGEST_PARK, Waits, comeback
from tests.fakes.clock import FakeClock
from tests.fakes.tasks import NOW, a_task, attempt
from tests.unit.services.conftest import Bench, done, failing

FLOW = Path(__file__).parents[3] / "functions" / "deployment" / "flow.asl.json"
HISTORY = 25_000
"""Events that an execution may have.
Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
EVENTS = {"Task": 5, "Choice": 2, "Wait": 2}
"""Entered, scheduled, started, succeeded, exited; entered and exited."""


def is_open(seconds: float = 60.0) -> CircuitBreakerOpenError:
    return CircuitBreakerOpenError("intune", retry_after=seconds)


@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
@pytest.mark.parametrize(("spread", "waited"), [(0.0, 60), (0.5, 75), (1.0, 90)])
def test__open_circuit__parked_in_its_state_until_its_try_and_a_little_more(
    bench: Bench, state: Next, spread: float, waited: int
) -> None:
    bench.spread = spread
    directive = bench.run(failing(is_open()), state=state)

    assert (directive.next, directive.resume_at) == (state, NOW + timedelta(seconds=waited))
    assert (bench.task.status, bench.task.retry_at) == (Status.RETRYING, directive.resume_at)
    assert bench.task.problem is not None
    assert bench.task.problem.type == "CircuitBreakerOpenError"
    assert bench.task.problem.service == "intune"
    assert bench.trail == []


def test__open_circuit__is_no_attempt_and_is_forgotten_when_it_closes(bench: Bench) -> None:
    for second in range(1, 400, 100):
        bench.run(failing(is_open()), by=attempt(second))
    bench.run(done, by=attempt(500))
    assert (bench.task.status, bench.task.attempt) == (Status.SUCCESS, 1)
    assert (bench.task.problem, bench.task.retry_at) == (None, None)


def test__open_circuit__fail__failed_at_once_with_its_event(bench: Bench) -> None:
    directive = bench.run(failing(is_open()), on_open_circuit=OnOpenCircuit.FAIL)
    assert directive.next is Next.FAIL
    assert bench.task.status is Status.FAILED
    assert bench.task.problem is not None
    assert bench.task.problem.type == "CircuitBreakerOpenError"
    assert bench.trail == ["CONNECTOR_DEPLOY_FAILED"]


def test__fail__is_about_circuits_only(bench: Bench) -> None:
    error = ThrottledError("429", retry_after=30.0)
    assert bench.run(failing(error), on_open_circuit=OnOpenCircuit.FAIL).next is Next.SUBMIT


@pytest.mark.parametrize("in_doubt", [False, True])
@pytest.mark.parametrize("wish", list(OnOpenCircuit))
def test__open_circuit_inside_an_effect__is_in_doubt_only_where_an_earlier_try_was(
    bench: Bench, wish: OnOpenCircuit, in_doubt: bool
) -> None:
    error = is_open()
    error.may_have_applied = in_doubt

    def work(run: StepRun) -> Done:
        with run.effect("assign"):
            raise error

    bench.run(work, on_open_circuit=wish)
    assert (bench.task.intent is not None) is in_doubt
    ends = {False: Status.FAILED, True: Status.UNKNOWN}
    assert bench.task.status is (Status.RETRYING if wish is OnOpenCircuit.WAIT else ends[in_doubt])


def test__forced_open_for_a_day__is_asked_again_soon(bench: Bench) -> None:
    bench.spread = 0.0
    directive = bench.run(failing(is_open(80_000)))
    assert directive.resume_at == NOW + LONGEST_PARK


def test__open_past_the_deadline__parked_until_the_deadline_and_then_failed_saying_why(
    bench: Bench,
) -> None:
    bench.clock.advance(3590)
    directive = bench.run(failing(is_open()), by=attempt(3590))
    assert directive.resume_at == bench.task.deadline
    bench.clock.advance(10)
    bench.run(failing(AssertionError("must not run")), by=attempt(3600))
    assert bench.task.status is Status.FAILED
    assert bench.task.problem is not None
    assert bench.task.problem.type == DeadlineExceededError.__name__
    assert "Circuit breaker for 'intune' is open" in bench.task.problem.message


@pytest.mark.parametrize("error", [is_open(1.0), ThrottledError("429", retry_after=0.0)])
def test__parked_for_a_day__fits_an_executions_history(error: Exception) -> None:
    bench = Bench(deadline=timedelta(days=1), spread=0.0)
    states = json.loads(FLOW.read_text())["States"]
    loop = [states[name]["Type"] for name in ("Submit", "What next", "Wait to submit again")]
    waits = 0
    while not bench.task.status.is_terminal:
        elapsed = (bench.clock.now() - NOW).total_seconds()
        directive = bench.run(failing(error), by=attempt(int(elapsed * 1000)))
        if directive.resume_at is not None:
            waits += 1
            bench.clock.advance((directive.resume_at - bench.clock.now()).total_seconds())
    events = waits * sum(EVENTS[kind] for kind in loop)
    assert waits > 1000
    # Some are left for what fails and is retried: three events each.
    assert events + 3 * waits <= HISTORY


def test__polled_for_a_day__fits_an_executions_history() -> None:
    clock = FakeClock(NOW)
    waits = Waits(clock, poll_interval_seconds=1, spread=lambda: 0.0)
    task = a_task(deadline=timedelta(days=1))
    assert (waits.for_progress(task) - NOW).total_seconds() * 2_000 >= 86_400
    assert waits.for_progress(a_task()) - NOW < timedelta(seconds=2)


def test__a_herd__comes_back_spread_over_half_the_open_time() -> None:
    waits = Waits(FakeClock(NOW), poll_interval_seconds=30, comeback_seconds={"intune": 2.5})
    moments = [waits.after(a_task(), is_open(5.0)) for _ in range(300)]
    later = [(moment - NOW).total_seconds() for moment in moments if moment is not None]
    assert len(later) == 300
    assert min(later) >= 5.0
    assert max(later) <= 7.5
    assert max(later) - min(later) > 2.0


@pytest.mark.parametrize(("reset", "seconds"), [(5.0, 2.5), (60.0, 30.0), (300.0, 30.0)])
def test__comeback__half_of_the_open_time_and_at_most_half_a_minute(
    reset: float, seconds: float
) -> None:
    assert comeback(reset) == seconds


def test__what_failed__does_not_wait(bench: Bench) -> None:
    waits = Waits(bench.clock, poll_interval_seconds=30)
    assert waits.after(bench.task, TransientError("503")) is None
    assert waits.after(bench.task, ZeroDivisionError()) is None


@pytest.mark.parametrize(
    ("command", "wish"),
    [
        ({"command": {"on_open_circuit": "fail"}}, OnOpenCircuit.FAIL),
        ({"command": {"on_open_circuit": "wait"}}, OnOpenCircuit.WAIT),
        ({"command": {}}, OnOpenCircuit.WAIT),
        ({}, OnOpenCircuit.WAIT),
    ],
)
def test__step_input__has_the_commands_wish(
    command: dict[str, dict[str, str]], wish: OnOpenCircuit
) -> None:
    event = {
        "task_id": "t",
        "execution": "e",
        "entered_at": "2026-11-23T12:00:01.204Z",
        "retry_count": 0,
        **command,
    }
    assert StepInput.from_event(event).on_open_circuit is wish


@pytest.mark.parametrize(
    ("left", "remaining"), [(345.0, 300.0), (100.0, 100.0 - WRITING_SECONDS), (5.0, 0.0)]
)
def test__lambda_has_less_time__its_work_ends_before_it_does(
    bench: Bench, left: float, remaining: float
) -> None:
    seen = []

    def work(run: StepRun) -> InProgress:
        seen.append(run.deadline.remaining)
        return InProgress({})

    bench.run(work, seconds_left=left)
    assert seen == [remaining]
