"""The deployment workflow's last state: its change record is told how the deployment has ended.

The task has ended already, and nothing here changes that.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from breakwater.domain.attempts import StepInput
from breakwater.domain.changes import FINAL
from breakwater.domain.errors import StaleAttemptError, StorageUnavailableError
from breakwater.domain.progress import Directive, Next
from breakwater.ports import Clock, ExecutionStore, LeaseStore
from breakwater.ports.observers import UNOBSERVED, TaskObserver
from breakwater.services.changes import Changes, Wanted
from breakwater.services.ended import EndedRuns
from breakwater.services.steps import NO_LIMIT
from breakwater.services.waits import Waits

GIVE_UP = timedelta(hours=1)
"""How long a record is worked on after the deployment's end."""
PAUSES = timedelta(seconds=30), timedelta(seconds=300)
"""Between two tries, doubling. An execution's history takes 25,000 events, of which a deployment
may use 18,000 and more; an hour of these adds 1,080 at most."""


class Document:
    """Brings the change record of an ended task to its end."""

    def __init__(
        self,
        *,
        changes: Changes,
        executions: ExecutionStore,
        leases: LeaseStore,
        clock: Clock,
        waits: Waits,
        soft_limit_seconds: float,
        observer: TaskObserver = UNOBSERVED,
    ) -> None:
        self._changes = changes
        self._clock = clock
        self._waits = waits
        self._runs = EndedRuns(
            executions=executions,
            leases=leases,
            clock=clock,
            soft_limit_seconds=soft_limit_seconds,
            observer=observer,
        )

    def __call__(
        self, event: Mapping[str, Any], wanted: Wanted, seconds_left: float = NO_LIMIT
    ) -> Directive:
        """Work on the record before the Lambda is stopped, and say how the task has ended.

        Where it is to go on later, say when. Raises: StaleAttemptError, StorageUnavailableError,
        for the ASL to handle.
        """
        run = self._runs.claim(StepInput.from_event(event), seconds_left)
        record, now = run.task.change, self._clock.now()
        ended = Directive.ended(run.task.status)
        if record is None or record.state in FINAL:
            return ended
        give_up_at = record.give_up_at or now + GIVE_UP
        run.task = replace(run.task, change=replace(record, give_up_at=give_up_at))
        try:
            self._changes.finish(run, wanted)
        except (StaleAttemptError, StorageUnavailableError):
            raise
        except Exception as error:  # whatever it is, the deployment has ended as it has
            if self._changes.failed(run, error):
                resume_at = self._waits.again(error, record.failures, PAUSES)
                if resume_at < give_up_at:
                    return Directive(Next.DOCUMENT, resume_at)
                self._changes.give_up(run)
        return ended
