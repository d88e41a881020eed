"""What the services tell whoever watches tasks."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.progress import Done, Progress
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.services.runs import StepRun
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.steps import StepRunner
from breakwater.services.waits import Waits
from tests.fakes.tasks import attempt, step_event
from tests.unit.services.conftest import Bench


@dataclass
class Watcher:
    """Writes down what it is told."""

    seen: list[tuple[Any, ...]] = field(default_factory=list)

    def accepted(self, task: Task) -> None:
        self.seen.append(("accepted", task.task_id))

    def claimed(self, task: Task) -> None:
        self.seen.append(("claimed", task.attempt))

    def retrying(self, task: Task) -> None:
        self.seen.append(("retrying", task.attempt))

    def ended(self, task: Task, outcome: Outcome, *, age: timedelta) -> None:
        self.seen.append(("ended", outcome.status, age))


@pytest.fixture
def watcher(bench: Bench) -> Watcher:
    """Watches the bench's runner and settlement."""
    found = Watcher()
    bench.settlement = Settlement(
        executions=bench.executions,
        clock=bench.clock,
        retention=timedelta(days=30),
        observer=found,
    )
    bench.runner = StepRunner(
        executions=bench.executions,
        leases=bench.leases,
        clock=bench.clock,
        settlement=bench.settlement,
        waits=Waits(bench.clock, poll_interval_seconds=30),
        soft_limit_seconds=300,
        observer=found,
    )
    return found


def breaks(_: StepRun) -> Progress:
    raise TransientError("intune answered 503")


def test__step__tells_of_its_claim_and_its_end(bench: Bench, watcher: Watcher) -> None:
    bench.clock.advance(90)
    bench.run(lambda _: Done({}))
    assert watcher.seen == [("claimed", 1), ("ended", Status.SUCCESS, timedelta(seconds=90))]


def test__retry__is_told_before_the_state_machine_repeats_it(
    bench: Bench, watcher: Watcher
) -> None:
    with pytest.raises(TransientError):
        bench.run(breaks)
    assert watcher.seen == [("claimed", 1), ("retrying", 1)]


def test__effect_in_doubt__the_end_is_told_as_what_was_written(
    bench: Bench, watcher: Watcher
) -> None:
    def work(run: StepRun) -> Progress:
        with run.effect("assign"):
            raise TransientError("reset")

    with pytest.raises(TransientError):
        bench.run(work)
    unfinished = SettleUnfinished(
        executions=bench.executions,
        clock=bench.clock,
        settlement=bench.settlement,
        observer=watcher,
    )
    unfinished(step_event(bench.task, attempt(9)), "TransientError")
    assert [word for word, *_ in watcher.seen] == ["claimed", "retrying", "claimed", "ended"]
    assert watcher.seen[-1][1] is Status.UNKNOWN


def test__end_from_outside__is_told_too(bench: Bench, watcher: Watcher) -> None:
    bench.settlement.end_from_outside(bench.task, Outcome(status=Status.CANCELLED))
    assert watcher.seen == [("ended", Status.CANCELLED, timedelta(0))]
