from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import (
    PermanentError,
    ResourceBusyError,
    StaleAttemptError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.progress import Done, InProgress, Next, Progress
from breakwater.domain.status import Status
from breakwater.services.runs import LEASE, LEASE_MARGIN_SECONDS, StepRun
from tests.fakes.tasks import NOW, attempt
from tests.unit.services.conftest import Bench


def test__effect__is_written_down_before_it_is_tried(bench: Bench) -> None:
    seen = []

    def work(run: StepRun) -> Progress:
        with run.effect("assign", app_id="a") as receipt:
            seen.append(bench.task.intent)
            receipt.handle = {"stage": "posted"}
        return InProgress(run.task.handle or {})

    bench.run(work)
    assert seen[0] is not None
    assert (seen[0]["effect"], seen[0]["app_id"]) == ("assign", "a")
    assert (bench.task.intent, bench.task.handle) == (None, {"stage": "posted"})


@pytest.mark.parametrize(
    ("error", "stands"),
    [
        (TransientError("reset"), True),
        (TransientError("429", may_have_applied=False), False),
    ],
)
def test__effect__fails_transiently__intent_stands_while_in_doubt(
    bench: Bench, error: TransientError, stands: bool
) -> None:
    def work(run: StepRun) -> Progress:
        with run.effect("assign"):
            raise error

    with pytest.raises(TransientError):
        bench.run(work)
    assert (bench.task.intent is not None) is stands
    assert bench.task.status is Status.RETRYING


def test__effect__refused__failed_not_unknown(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        with run.effect("assign"):
            raise PermanentError("400")

    bench.run(work)
    assert (bench.task.status, bench.task.intent) == (Status.FAILED, None)


def test__effect__breaks_unexpectedly__unknown(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        with run.effect("assign"):
            raise ZeroDivisionError

    bench.run(work)
    assert bench.task.status is Status.UNKNOWN
    assert bench.trail == ["TASK_OUTCOME_UNKNOWN"]


def test__effect__overtaken__is_not_tried(bench: Bench) -> None:
    tried = []

    def work(run: StepRun) -> Progress:
        bench.run(lambda _: Done({}), by=attempt(2))
        with run.effect("assign"):
            tried.append(1)
        return Done({})

    with pytest.raises(StaleAttemptError):
        bench.run(work)
    assert tried == []


def test__effect__the_same_attempt_is_invoked_twice__is_tried_once(bench: Bench) -> None:
    tried = []

    def work(run: StepRun) -> Progress:
        with run.effect("launch") as receipt:
            tried.append(run.now())
            receipt.handle = {"job": len(tried)}
        return InProgress(receipt.handle)

    def late(run: StepRun) -> Progress:
        bench.run(work)
        bench.clock.advance(1)
        return work(run)

    with pytest.raises(StaleAttemptError):
        bench.run(late)
    assert len(tried) == 1
    assert (bench.task.status, bench.task.handle) == (Status.RUNNING, {"job": 1})


def test__failure_after_the_effect__its_receipt_is_kept(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        with run.effect("assign") as receipt:
            receipt.handle = {"id": 7}
        raise TransientError("the read after it")

    with pytest.raises(TransientError):
        bench.run(work)
    assert (bench.task.intent, bench.task.handle) == (None, {"id": 7})


def test__lease__holds_alone_and_shortens_the_deadline(bench: Bench) -> None:
    seen = []

    def work(run: StepRun) -> Progress:
        with run.lease("intune/a"):
            seen.append(run.deadline.remaining)
            with pytest.raises(ResourceBusyError):
                bench.leases.acquire("intune/a", holder="other", now=NOW, until=NOW)
        seen.append(run.deadline.remaining)
        return Done({})

    bench.run(work)
    assert seen[0] < LEASE.total_seconds()
    assert seen[1] == 300
    assert bench.leases.held == {}


def test__lease__granted_slowly__still_outlives_what_is_done_under_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire, until = bench.leases.acquire, []

    def slowly(resource: str, **lease: Any) -> None:
        acquire(resource, **lease)
        until.append(lease["until"])
        bench.clock.advance(25)

    monkeypatch.setattr(bench.leases, "acquire", slowly)

    def work(run: StepRun) -> Progress:
        with run.lease("intune/a"):
            ends = run.now() + timedelta(seconds=run.deadline.remaining)
        assert until == [ends + timedelta(seconds=LEASE_MARGIN_SECONDS)]
        return Done({})

    bench.run(work)
    assert bench.task.status is Status.SUCCESS


def test__lease__of_a_step_that_was_built_without_any__is_a_mistake(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        lone = StepRun(
            run.task,
            executions=bench.executions,
            leases=None,
            clock=bench.clock,
            deadline=run.deadline,
        )
        with pytest.raises(TypeError, match="without a leases table"), lone.lease("app/a"):
            raise AssertionError("nobody holds it")
        return Done({})

    bench.run(work)
    assert bench.task.status is Status.SUCCESS


def test__lease__given_back_on_failure(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        with run.lease("intune/a"):
            raise PermanentError("no")

    bench.run(work)
    assert bench.leases.held == {}


def test__lease__cannot_be_given_back__the_work_counts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def release(resource: str, *, holder: str) -> None:
        raise StorageUnavailableError("slow")

    monkeypatch.setattr(bench.leases, "release", release)

    def work(run: StepRun) -> Progress:
        with run.lease("intune/a"):
            return Done({})

    bench.run(work)
    assert bench.task.status is Status.SUCCESS


def test__lease__of_a_dead_forerunner__keeps_its_own_retry_out_until_it_ends(bench: Bench) -> None:
    def killed(run: StepRun) -> Progress:
        bench.leases.acquire("intune/a", holder="me@dead", now=NOW, until=NOW + LEASE)
        raise TransientError("killed")

    def work(run: StepRun) -> Progress:
        with run.lease("intune/a"):
            return Done({})

    with pytest.raises(TransientError):
        bench.run(killed)
    assert bench.run(work, by=attempt(1, retry=1)).next is Next.SUBMIT
    bench.clock.advance(LEASE.total_seconds())
    assert bench.run(work, by=attempt(100)).next is Next.SUCCEED


def test__pause__never_outlives_the_deadline(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        run.pause(1000)
        return Done({})

    bench.run(work)
    assert bench.clock.slept == [300]
    assert bench.clock.now() - NOW == timedelta(seconds=300)
