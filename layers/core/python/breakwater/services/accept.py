"""Accept an operation: store it, start it, and answer at once. Two AWS calls, in this order."""

from datetime import timedelta

from breakwater.domain.errors import IdempotencyConflictError, TooManyUnfinishedError
from breakwater.domain.requests import Request, new_task
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import Clock, ExecutionStore, WorkflowEngine
from breakwater.ports.observers import UNOBSERVED, TaskObserver
from breakwater.services.executions import start
from breakwater.services.quota import Quota

START_GRACE = timedelta(seconds=60)
"""How long an accepted task may stay PENDING before the sweeper looks at it."""


class Accept:
    """Turns a validated request into a task that will not be lost."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        engine: WorkflowEngine,
        quota: Quota,
        clock: Clock,
        observer: TaskObserver = UNOBSERVED,
        start_grace: timedelta = START_GRACE,
    ) -> None:
        self._executions = executions
        self._engine = engine
        self._quota = quota
        self._clock = clock
        self._observer = observer
        self._start_grace = start_grace

    def __call__(self, request: Request) -> Task:
        """Return the task that stands for `request`, new or accepted earlier under the same key.

        Raises: IdempotencyConflictError if the key stands for another request;
        AlreadyRunningError if another task does what only one may do at a time;
        TooManyUnfinishedError if its owner has no room for a new one;
        StorageUnavailableError if nothing is known to be stored: the client should ask again.
        """
        now = self._clock.now()
        task = new_task(request, now=now, due_after=self._start_grace)
        room = self._quota.admits(request.owner, request.service)
        if not room and not self._stands(task, request):
            raise TooManyUnfinishedError(request.service, most=self._quota.most)
        standing = self._executions.create(task, now=now, alone=request.alone)
        if standing.fingerprint != task.fingerprint:
            raise IdempotencyConflictError(
                "this Idempotency-Key was used for a request with another body"
            )
        if standing.request_token == task.request_token:
            self._observer.accepted(standing)
        if standing.status is Status.PENDING:
            start(self._engine, standing)
        return standing

    def _stands(self, task: Task, request: Request) -> bool:
        """Whether the request was accepted before: whoever repeats it needs no room."""
        if request.idempotency_key is None:
            return False
        standing = self._executions.get(task.task_id)
        return standing is not None and not standing.is_expired(task.created_at)
