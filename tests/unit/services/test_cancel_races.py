"""Cancels, retries and verdicts against whatever else happens, between any two of their calls."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import StaleAttemptError, TaskSettledError, TaskStateError
from breakwater.domain.resolutions import Verdict
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.services.aftercare import Aftercare
from breakwater.services.cancel import Cancel
from breakwater.services.resolve import Resolve
from breakwater.services.retry import Retry
from tests.fakes.engine import RecordingEngine
from tests.fakes.tasks import NOW, attempt, claim
from tests.unit.services.conftest import Bench
from tests.unit.services.meddling import Meddled, every_place

EXPIRY = NOW + timedelta(days=30)
INTENT = {"effect": "assign", "at": "2026-11-23T12:00:00+00:00"}
ENDS = {
    "succeeds": Outcome(status=Status.SUCCESS, result={}),
    "fails": Outcome(status=Status.FAILED, problem=Problem(type="PermanentError", message="no")),
}
UNKNOWN = Outcome(status=Status.UNKNOWN, problem=ENDS["fails"].problem)


def claimed(bench: Bench, number: int = 1) -> Task:
    return claim(bench.executions, bench.task, attempt(number))


def settled(bench: Bench, outcome: Outcome) -> Task:
    """End the task as a step does."""
    return bench.executions.settle(claimed(bench), outcome, now=NOW, expires_at=EXPIRY)


def cancel(bench: Bench, store: Any) -> Task:
    engine = RecordingEngine()
    settlement = type(bench.settlement)(
        executions=store, clock=bench.clock, retention=timedelta(days=30)
    )
    cancelling = Cancel(
        executions=store,
        engine=engine,
        settlement=settlement,
        aftercare=Aftercare(executions=store, engine=engine),
        clock=bench.clock,
    )
    return cancelling(bench.task_id, by="user-1")


def retry(bench: Bench, store: Any, by: str = "user-1") -> Task:
    retrying = Retry(executions=store, engine=RecordingEngine(), clock=bench.clock)
    return retrying(bench.task_id, by=by).task


def resolve(bench: Bench, store: Any, verdict: Verdict = Verdict.DID_NOT) -> Task:
    return Resolve(executions=store, clock=bench.clock)(
        bench.task_id, verdict, "looked", by="operator-1"
    )


def advance(bench: Bench, task: Task) -> None:
    bench.executions.advance(replace(task, handle={"id": 1}), now=NOW)


def doubt(bench: Bench, task: Task) -> None:
    bench.executions.intend(task, INTENT, now=NOW)


def overtake(bench: Bench, _task: Task) -> None:
    claimed(bench, 2)


STEPS: dict[str, Callable[[Bench, Task], None]] = {
    "advances": advance,
    "intends": doubt,
    "is overtaken": overtake,
    **{
        name: lambda bench, task, end=end: bench.executions.settle(  # type: ignore[misc]
            task, end, now=NOW, expires_at=EXPIRY
        )
        for name, end in ENDS.items()
    },
}


@pytest.mark.parametrize("step", STEPS)
def test__cancel__while_a_step__one_end_that_says_what_is_so(step: str) -> None:
    def run(place: int) -> Meddled:
        bench = Bench()
        task = claimed(bench)
        meddled = Meddled(bench.executions, before=place, act=lambda: STEPS[step](bench, task))
        try:
            ended = cancel(bench, meddled)
        except TaskStateError:
            assert step in ENDS
            assert bench.task.status is ENDS[step].status
        else:
            in_doubt = bench.task.intent is not None
            assert bench.task.status is (Status.UNKNOWN if in_doubt else Status.CANCELLED)
            assert bench.task.cancellation == ended.cancellation
        stands = bench.task
        meddled.finish()
        assert bench.task == stands  # whatever comes later changes nothing
        assert len(bench.trail) == 1
        return meddled

    assert every_place(run) >= 2


@pytest.mark.parametrize("known", [{}, {"handle": {"id": 1}}, {"intent": INTENT}])
def test__cancel__step_comes_back__every_write_of_its_is_refused(known: dict[str, Any]) -> None:
    bench = Bench()
    task = claimed(bench)
    if "intent" in known:
        task = bench.executions.intend(task, INTENT, now=NOW)
    if "handle" in known:
        advance(bench, task)
    cancel(bench, bench.executions)
    stands = bench.task
    for write in STEPS.values():
        with pytest.raises((StaleAttemptError, TaskSettledError)):
            write(bench, task)
    with pytest.raises(StaleAttemptError):
        bench.executions.note_change(task, now=NOW)
    assert bench.task == stands


def test__cancel__twice_at_once__one_end() -> None:
    def run(place: int) -> Meddled:
        bench = Bench()
        claimed(bench)
        meddled = Meddled(
            bench.executions, before=place, act=lambda: cancel(bench, bench.executions)
        )
        assert cancel(bench, meddled).status is Status.CANCELLED
        assert bench.trail == ["TASK_CANCELLED"]
        return meddled

    assert every_place(run) >= 2


@pytest.mark.parametrize("by", ["user-1", "operator-1"])
def test__retry__twice_at_once__one_new_task(by: str) -> None:
    def run(place: int) -> Meddled:
        bench = Bench()
        settled(bench, ENDS["fails"])
        others = list[Task]()
        meddled = Meddled(
            bench.executions,
            before=place,
            act=lambda: others.append(retry(bench, bench.executions, by)),
        )
        mine = retry(bench, meddled)
        meddled.finish()
        assert others[0].task_id == mine.task_id == bench.task.retried_as
        assert others[0].request_token == mine.request_token
        assert bench.trail == ["CONNECTOR_DEPLOY_FAILED", "TASK_RETRIED"]
        return meddled

    assert every_place(run) >= 3


@pytest.mark.parametrize("verdict", Verdict)
def test__retry__while_it_is_resolved__never_what_took_effect(verdict: Verdict) -> None:
    retried = list[int]()

    def run(place: int) -> Meddled:
        bench = Bench()
        settled(bench, UNKNOWN)
        meddled = Meddled(
            bench.executions,
            before=place,
            act=lambda: resolve(bench, bench.executions, verdict),
        )
        try:
            retry(bench, meddled)
        except TaskStateError:
            assert bench.task.retried_as is None
        else:
            assert verdict is Verdict.DID_NOT
            assert bench.trail[-2:] == ["TASK_RESOLVED", "TASK_RETRIED"]
            retried.append(place)
        return meddled

    assert every_place(run) >= 1
    # Where the verdict came before it looked.
    assert bool(retried) is (verdict is Verdict.DID_NOT)


def test__resolve__two_verdicts_at_once__one_stands() -> None:
    def run(place: int) -> Meddled:
        bench = Bench()
        settled(bench, UNKNOWN)
        meddled = Meddled(
            bench.executions,
            before=place,
            act=lambda: resolve(bench, bench.executions, Verdict.TOOK_EFFECT),
        )
        try:
            resolve(bench, meddled)
        except TaskStateError:
            expected = Verdict.TOOK_EFFECT
        else:
            expected = Verdict.DID_NOT
        meddled.finish()
        assert bench.task.resolution is not None
        assert bench.task.resolution.outcome is expected
        assert bench.trail == ["TASK_OUTCOME_UNKNOWN", "TASK_RESOLVED"]
        return meddled

    assert every_place(run) >= 2
