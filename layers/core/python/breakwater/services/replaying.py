"""The replay workflow's work: retry many failed tasks, each once, at a rate.

A run is a task itself: accepted, never lost, cancelled like any other. Which tasks come next is
written down before they are retried, so that an attempt that dies in the middle is gone on with;
and each is retried only while this attempt has the run, so that a cancelled run retries no more.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from breakwater.domain.attempts import MOST_WAITS, StepInput
from breakwater.domain.errors import AlreadyRunningError, TaskStateError
from breakwater.domain.progress import Directive, Done, InProgress, Next, Progress
from breakwater.domain.replays import MOST, TICK, Replaying, Selection, pause, share
from breakwater.ports import FailureIndex
from breakwater.services.retry import Retry
from breakwater.services.runs import StepRun
from breakwater.services.steps import NO_LIMIT, StepRunner

COUNTING_SECONDS = 20.0
"""How long a run counts what it has selected, before it begins."""
PARTS = 50
"""How many parts of the index, that hold nothing, a step reads past."""

logger = logging.getLogger(__name__)


class Replay:
    """The one state of the replay workflow that does something."""

    def __init__(self, *, runner: StepRunner, failures: FailureIndex, retry: Retry) -> None:
        self._runner = runner
        self._failures = failures
        self._retry = retry

    def batch(self, event: Mapping[str, Any], seconds_left: float = NO_LIMIT) -> Directive:
        """Retry what the rate allows now, and say when to come back."""
        command = event["command"]
        return self._runner(
            StepInput.from_event(event),
            Next.POLL,
            lambda run: self._batch(run, command),
            seconds_left=seconds_left,
        )

    def _batch(self, run: StepRun, command: Mapping[str, Any]) -> Progress:
        selection = Selection.of(command, asked_at=run.task.created_at)
        rate = command["rate_per_minute"]
        replaying = self._where(run, selection)
        if not replaying.plan and not replaying.complete:
            replaying = self._plan(run, selection, replaying, rate)
            run.remember(replaying.to_handle())
        retried = self._retried_of(run, replaying.plan)
        replaying = replaying.after(retried=sum(retried), skipped=len(retried) - sum(retried))
        if replaying.complete and not replaying.plan:
            return Done(replaying.result())
        resume_at = run.now() + pause(rate, len(retried))
        return InProgress(replaying.to_handle(), resume_at=resume_at)

    def _where(self, run: StepRun, selection: Selection) -> Replaying:
        """Return how far the run is: where an earlier attempt got to, or the beginning."""
        if run.task.handle is not None:
            return Replaying.of(run.task.handle)
        limit = min(COUNTING_SECONDS, run.deadline.remaining)
        count = self._failures.count(selection, deadline=run.deadline.within(limit))
        return Replaying(selected=count.number, exact=count.exact)

    def _plan(
        self, run: StepRun, selection: Selection, replaying: Replaying, rate: int
    ) -> Replaying:
        """Return it with the next tasks to retry: what the time until the next step allows."""
        every = max(TICK, (run.task.deadline - run.task.created_at) / MOST_WAITS)
        limit = min(MOST, share(rate, every=every))
        for _ in range(PARTS):
            part = self._failures.read(selection, after=replaying.position, limit=limit)
            replaying = replaying.planning(tuple(part.task_ids), part.position)
            if replaying.plan or replaying.complete:
                break
        return replaying

    def _retried_of(self, run: StepRun, plan: Sequence[str]) -> list[bool]:
        """Retry what there is time for of a plan, one at least; say of each whether it was.

        One that has begun in time may take longer: four tries of StartExecution that are not
        answered, 7 s each. Until its Lambda is stopped, a step has 45 s more than its time.
        """
        retried: list[bool] = []
        for task_id in plan:
            if retried and run.deadline.passed:
                break
            retried.append(self._retried(run, task_id))
        return retried

    def _retried(self, run: StepRun, task_id: str) -> bool:
        """Retry a task, and return whether it is this run's retry that stands."""
        by = run_name(run.task_id)
        try:
            return self._retry(task_id, by=by, during=run.task).by == by
        except (TaskStateError, AlreadyRunningError) as error:
            logger.info("not retried: %s", error, extra={"retried_task_id": task_id})
            return False


def run_name(task_id: str) -> str:
    """Return what a run signs its retries with."""
    return f"task-retries/{task_id}"
