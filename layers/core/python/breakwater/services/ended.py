"""A step that works on a task that has ended: it claims it as any step does, and ends nothing."""

from breakwater.domain.attempts import StepInput
from breakwater.ports import Clock, ExecutionStore, LeaseStore
from breakwater.ports.observers import UNOBSERVED, TaskObserver
from breakwater.resilience.deadline import Deadline
from breakwater.services.runs import StepRun
from breakwater.services.steps import WRITING_SECONDS


class EndedRuns:
    """Claims ended tasks for steps that may take `soft_limit_seconds`."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        leases: LeaseStore,
        clock: Clock,
        soft_limit_seconds: float,
        observer: TaskObserver = UNOBSERVED,
    ) -> None:
        self._executions = executions
        self._leases = leases
        self._clock = clock
        self._soft_limit = soft_limit_seconds
        self._observer = observer

    def claim(self, step: StepInput, seconds_left: float) -> StepRun:
        """Return the run of this attempt. Raises StaleAttemptError, StorageUnavailableError."""
        monotonic = self._clock.monotonic
        at = monotonic() + min(self._soft_limit, seconds_left - WRITING_SECONDS)
        task = self._executions.claim_ended(
            step.task_id,
            execution_name=step.execution_name,
            attempt=step.attempt,
            now=self._clock.now(),
        )
        self._observer.claimed(task)
        return StepRun(
            task,
            executions=self._executions,
            leases=self._leases,
            clock=self._clock,
            deadline=Deadline(at=at, monotonic=monotonic),
        )
