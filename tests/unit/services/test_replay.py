"""A run of many retries: each failed task once, at a rate, until it is done or ended."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.domain.errors import (
    EngineUnavailableError,
    StaleAttemptError,
    StorageUnavailableError,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome, Task
from breakwater.services.retry import Retry
from tests.fakes.tasks import NOW, attempt, claim
from tests.unit.services.meddling import Meddled, every_place
from tests.unit.services.mortal import Death, Died, Life, Mortal, deaths
from tests.unit.services.replaying import EXPIRY, ReplayBench


@pytest.fixture
def bench() -> ReplayBench:
    return ReplayBench()


def test__run__retries_each_and_counts(bench: ReplayBench) -> None:
    failed = {bench.failed() for _ in range(25)}
    run = bench.run(rate=60)
    ended = run.to_the_end()
    assert bench.retries.keys() == failed
    assert (ended.status, ended.result) == (
        Status.SUCCESS,
        {"selected": 25, "exact": True, "retried": 25, "skipped": 0, "remaining": 0},
    )
    assert bench.executions.events[-1].type.value == "TASK_RETRIES_COMPLETED"
    assert {task.retried_by for task in bench.executions.tasks.values() if task.retried_as} == {
        f"task-retries/{run.task.task_id}"
    }
    assert len(bench.engine.started) == 25


@pytest.mark.parametrize(
    ("rate", "shares"),
    [(60, [10, 10, 5]), (1, [1] * 25), (6, [1] * 25), (600, [25]), (90, [15, 10])],
)
def test__run__never_more_than_the_rate(bench: ReplayBench, rate: int, shares: list[int]) -> None:
    for _ in range(25):
        bench.failed()
    run = bench.run(rate=rate)
    run.to_the_end()
    assert [count for _, count in run.steps] == shares
    gap = timedelta(minutes=1).total_seconds() / rate
    for (before, count), (after, _) in zip(run.steps, run.steps[1:], strict=False):
        assert after - before >= count * gap - 0.001


def test__run__step_functions_is_silent__each_step_does_what_it_has_time_for(
    bench: ReplayBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        bench.failed()
    run, begun = bench.run(rate=600), bench.clock.monotonic()

    def silent(_: Task) -> bool:
        bench.clock.advance(14)
        raise EngineUnavailableError("no answer")

    monkeypatch.setattr(bench.engine, "start", silent)
    run.go_on(run.batch())
    assert bench.clock.monotonic() - begun < 315
    assert 0 < run.progress.retried < 50
    assert len(run.progress.plan) == 50 - run.progress.retried
    ended = run.to_the_end()
    assert (ended.status, ended.result) == (
        Status.SUCCESS,
        {"selected": 50, "exact": True, "retried": 50, "skipped": 0, "remaining": 0},
    )


def test__run__what_fails_again_meanwhile__is_not_its_own(bench: ReplayBench) -> None:
    for _ in range(15):
        bench.failed()
    run = bench.run()

    def fail_again() -> None:
        bench.failed()
        for task in [*bench.retries.values()]:
            if task.status is Status.PENDING:
                bench.executions.end(
                    task,
                    Outcome(status=Status.FAILED),
                    now=bench.clock.now(),
                    expires_at=EXPIRY,
                )

    ended = run.to_the_end(fail_again)
    assert ended.result is not None
    assert ended.result["retried"] == len(bench.retries) == 15


def test__run__somebody_else_retries_one__it_is_skipped(bench: ReplayBench) -> None:
    ids = [bench.failed() for _ in range(15)]
    run = bench.run()
    run.go_on(run.batch())
    retry = Retry(executions=bench.executions, engine=bench.engine, clock=bench.clock)
    left = [task_id for task_id in ids if task_id not in bench.retries]
    for task_id in left[:2]:
        retry(task_id, by="user-1")
    ended = run.to_the_end()
    assert ended.result == {
        "selected": 15,
        "exact": True,
        "retried": 13,
        "skipped": 2,
        "remaining": 0,
    }


def test__run__one_that_must_be_alone_and_is_not__is_skipped(bench: ReplayBench) -> None:
    command = {"system": "jira", "deadline_seconds": 900}
    for _ in range(3):
        bench.failed(kind=Kind.SYNC, service="jira", command=command)
    ended = bench.run(service="jira").to_the_end()
    assert ended.result is not None
    assert (ended.result["retried"], ended.result["skipped"]) == (1, 2)


def test__run__nothing_to_do__ends_at_once(bench: ReplayBench) -> None:
    run = bench.run()
    assert run.to_the_end().status is Status.SUCCESS
    assert len(run.steps) == 1


def test__run__progress__can_be_followed(bench: ReplayBench) -> None:
    for _ in range(25):
        bench.failed()
    run = bench.run()
    run.go_on(run.batch())
    assert run.progress.progress() == {
        "selected": 25,
        "exact": True,
        "retried": 10,
        "skipped": 0,
        "remaining": 15,
    }


@pytest.mark.parametrize("calls", range(1, 14))
def test__run__cancelled_between_any_two_calls__retries_no_more(
    bench: ReplayBench, calls: int
) -> None:
    for _ in range(4):
        bench.failed()
    run = bench.run()
    life = Life(Death(calls, landed=False, error=Died(), wakes=True))
    with pytest.raises(Died):
        run.batch(Mortal(bench.executions, life))
    retried = len(bench.retries)
    standing = bench.executions.tasks[run.task.task_id]
    bench.executions.end(
        standing, Outcome(status=Status.CANCELLED), now=bench.clock.now(), expires_at=EXPIRY
    )
    life.wake()  # what was under way arrives after the cancel
    assert len(bench.retries) == retried
    run.retry()
    run.go_on(run.batch())
    assert run.ended
    assert len(bench.retries) == retried


def test__run__overtaken_between_any_two_calls__the_old_attempt_retries_no_more() -> None:
    def run(place: int) -> Meddled:
        bench = ReplayBench()
        for _ in range(4):
            bench.failed()
        one, retried = bench.run(), list[int]()

        def overtake() -> None:
            claim(bench.executions, one.task, attempt(50), now=bench.clock.now(), due_at=NOW)
            retried.append(len(bench.retries))

        meddled = Meddled(bench.executions, before=place, act=overtake)
        try:
            one.batch(meddled)
        except StaleAttemptError:
            assert retried == [len(bench.retries)]
        else:
            assert not retried
        return meddled

    assert every_place(run) > 8


@settings(max_examples=150, deadline=None)
@given(
    count=st.integers(0, 24),
    rate=st.sampled_from([6, 30, 60, 600]),
    late=st.integers(0, 3),
    deaths=st.lists(deaths(40), max_size=5),
)
def test__run__whatever_happens__each_once_and_every_one_counted(
    count: int, rate: int, late: int, deaths: list[Death]
) -> None:
    bench = ReplayBench()
    failed = {bench.failed() for _ in range(count)}
    run = bench.run(rate=rate)
    bench.clock.advance(1)
    for _ in range(late):
        bench.failed()
    lives = []
    for death in deaths:
        if run.ended:
            break
        life = Life(death)
        try:
            run.go_on(run.batch(Mortal(bench.executions, life)))
        except (Died, StorageUnavailableError):
            run.retry()
        if death.wakes:
            life.wake()
        lives.append(life)
    ended = run.to_the_end()
    for life in lives:
        life.wake()
    late_ones = {task.task_id for task in bench.executions.tasks.values()} - failed
    assert bench.retries.keys() == failed
    assert not any(bench.executions.tasks[one].retried_as for one in late_ones)
    assert ended.result == {
        "selected": count,
        "exact": True,
        "retried": count,
        "skipped": 0,
        "remaining": 0,
    }
    events = [event.type.value for event in bench.executions.events]
    assert events.count("TASK_RETRIED") == count
    assert events.count("TASK_RETRIES_COMPLETED") == 1
