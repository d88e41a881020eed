"""One attempt at one step: what a connector may do, and what of it is written down when."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.cancellations import Cancellation
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.tasks import Task
from breakwater.ports import Clock, ExecutionStore, LeaseStore
from breakwater.resilience.deadline import Deadline

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Long enough for a read-merge-write with retries; a dead holder delays others by this much."""
LEASE_MARGIN_SECONDS = 10.0
"""The holder stops this much before the lease ends: clocks differ, a request may be in flight."""


@dataclass(slots=True)
class EffectReceipt:
    """What a connector notes inside an effect."""

    handle: Mapping[str, Any] = field(default_factory=dict)


class StepRun:
    """The claimed task and what its connector asks of us. Fulfils ports.Run.

    `task` is what is known in memory; it reaches the store with the next write of the step.
    """

    def __init__(
        self,
        task: Task,
        *,
        executions: ExecutionStore,
        leases: LeaseStore | None,
        clock: Clock,
        deadline: Deadline,
    ) -> None:
        self.task = task
        self.deadline = deadline
        self._stored = task
        """As its intent and handle are in the store: what has happened since is not there yet."""
        self._executions = executions
        self._leases = leases
        self._clock = clock

    @property
    def task_id(self) -> str:
        """The task's id."""
        return self.task.task_id

    @property
    def mark(self) -> str:
        """What the task's effects are marked with."""
        return self.task.mark

    @property
    def correlation_id(self) -> str:
        """The task's correlation id."""
        return self.task.correlation_id

    def now(self) -> datetime:
        """Return the wall-clock time."""
        return self._clock.now()

    @contextmanager
    def effect(self, name: str, **details: str) -> Iterator[EffectReceipt]:
        """Write the intent, let the caller act, and note what is known afterwards.

        A definite refusal takes the intent back; an ambiguous failure leaves it standing, so that
        the next attempt asks the vendor first. Raises StaleAttemptError before anything is done.
        """
        intent = {"effect": name, "at": self._clock.now().isoformat(), **details}
        self._stored = self._executions.intend(self._stored, intent, now=self._clock.now())
        self.task = replace(self.task, intent=intent)
        receipt = EffectReceipt()
        try:
            yield receipt
        except (TransientError, CircuitBreakerOpenError) as error:
            # A circuit refuses the second try because the first one, in doubt now, has opened it.
            if not error.may_have_applied:
                self.withdraw()
            raise
        except (PermanentError, ConfigurationError):
            self.withdraw()
            raise
        self.happened(receipt.handle)

    def remember(self, handle: Mapping[str, Any]) -> None:
        """Store how far the work is, for whichever attempt goes on. Raises StaleAttemptError."""
        task = replace(self.task, handle=dict(handle))
        self.task = self._executions.advance(task, now=self._clock.now())
        self._stored = self.task

    def note_change(self, record: ChangeRecord) -> None:
        """Store how the task's change record stands. Raises StaleAttemptError."""
        task = replace(self.task, change=record)
        self.task = self._executions.note_change(task, now=self._clock.now())

    def note_cancellation(self, cancellation: Cancellation) -> None:
        """Store what the task's vendor says to its end. Raises StaleAttemptError."""
        task = replace(self.task, cancellation=cancellation)
        self.task = self._executions.note_cancellation(task, now=self._clock.now())

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let what is inside end its work in `seconds`."""
        with self._until(self.deadline.within(seconds)):
            yield

    @contextmanager
    def _until(self, deadline: Deadline) -> Iterator[None]:
        outer, self.deadline = self.deadline, deadline
        try:
            yield
        finally:
            self.deadline = outer

    def happened(self, handle: Mapping[str, Any]) -> None:
        """Note that the effect has happened, and what follows it up."""
        self.task = replace(self.task, intent=None, handle=dict(handle))

    def withdraw(self) -> None:
        """Note that the intended effect has not happened."""
        self.task = replace(self.task, intent=None)

    @contextmanager
    def lease(self, resource: str) -> Iterator[None]:
        """Hold `resource` alone; inside, the deadline ends before the lease does.

        It is left to expire while an effect is in doubt: a request that was given up may still be
        on its way, and would undo what another task does in between.
        """
        if self._leases is None:
            raise TypeError("this step was built without a leases table")
        # Both count from before it is asked for: the answer may take a good part of it.
        deadline = self.deadline.within(LEASE.total_seconds() - LEASE_MARGIN_SECONDS)
        now = self._clock.now()
        self._leases.acquire(resource, holder=self._holder, now=now, until=now + LEASE)
        try:
            with self._until(deadline):
                yield
        finally:
            if self.task.intent is None:
                self._release(self._leases, resource)

    def _release(self, leases: LeaseStore, resource: str) -> None:
        try:
            leases.release(resource, holder=self._holder)
        except StorageUnavailableError as error:
            # It ends by itself; failing here would hide what the enclosed work has achieved.
            logger.warning("its lease is left to expire: %s", error)

    def pause(self, seconds: float) -> None:
        """Wait, at most until the deadline."""
        self._clock.sleep(min(seconds, self.deadline.remaining))

    @property
    def _holder(self) -> str:
        # The attempt is part of it: a retry must not walk in on its own, still running, forerunner.
        return f"{self.task.execution_name}@{self.task.claimed_by}"
