"""ports.ExecutionStore on DynamoDB: each intent is one conditional write."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb import documents
from breakwater.adapters.dynamodb.calls import ConditionFailed
from breakwater.adapters.dynamodb.creation import Creation
from breakwater.adapters.dynamodb.due import DueTasks
from breakwater.adapters.dynamodb.ends import Ends
from breakwater.adapters.dynamodb.inputs import Inputs, input_key
from breakwater.adapters.dynamodb.mapping import stamp
from breakwater.adapters.dynamodb.retries import Retries
from breakwater.adapters.dynamodb.tasktable import TaskTable, put
from breakwater.adapters.dynamodb.unfinished import count_unfinished
from breakwater.domain.aftercare import is_needed
from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import StaleAttemptError
from breakwater.domain.resolutions import Resolution
from breakwater.domain.status import TERMINAL, UNFINISHED, Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.ports import Due, DueTask


class DynamoExecutionStore:
    """Task records in the `executions` table, their ends together with events in `events`."""

    def __init__(
        self,
        client: Any,
        *,
        executions_table: str,
        events_table: str | None = None,
        leases_table: str | None = None,
        retention: timedelta = timedelta(days=30),
    ) -> None:
        """Bind to tables: ending a task needs the events', creating one to be alone the leases'.

        `retention` is for how long what a new task asks for is kept after its end.
        """
        self._table = TaskTable(client, executions_table)
        self._inputs = Inputs(client, executions_table, retention=retention)
        self._ends = Ends(self._table, events_table)
        self._due = DueTasks(self._table)
        self._create = Creation(
            client,
            executions_table=executions_table,
            leases_table=leases_table,
            inputs=self._inputs,
        )
        self._retries = Retries(self._table, self._create, events_table)

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        """Store a new task, unless one that has not expired stands under its id."""
        return self._create(task, now=now, alone=alone)

    def get(self, task_id: str) -> Task | None:
        """Return the task by a consistent read, or None."""
        item = self._table.get(task_id)
        return self._table.task(item) if item else None

    def with_input(self, task: Task) -> Task:
        """Return the task with its input, from the item beside it where it stands apart."""
        if task.input:
            return task
        apart = self._table.get(input_key(task.task_id))
        if apart is None:
            raise StaleAttemptError(f"the input of task {task.task_id} has been forgotten")
        return replace(task, input=self._inputs.read(apart))

    def claim(
        self,
        task_id: str,
        *,
        execution_name: str,
        attempt: Attempt,
        now: datetime,
        due_at: datetime,
    ) -> Task:
        """Make `attempt` the owner of an unfinished task of this execution."""
        retries = attempt.retry_count > 0
        return self._claim(task_id, execution_name, attempt, now, due_at, retries=retries)

    def _claim(
        self,
        task_id: str,
        execution_name: str,
        attempt: Attempt,
        now: datetime,
        due_at: datetime,
        *,
        retries: bool,
    ) -> Task:
        """Claim it; `retries` if what is claimed is a try that has begun before."""
        model = self._table.item
        condition = (
            model.status.is_in(*sorted(UNFINISHED))
            & (model.execution_name == execution_name)
            & (model.claimed_by < attempt.key)
            & (model.deadline >= stamp(due_at))
        )
        if retries:
            condition &= model.claimed_by >= attempt.entry
        actions = [
            model.status.set(Status.RUNNING.value),
            model.claimed_by.set(attempt.key),
            model.retries.set(model.retries + (1 if retries else 0)),
            model.retry_at.remove(),
            *self._table.due(task_id, due_at),
            *self._table.touched(now),
        ]
        try:
            return self._table.update(task_id, actions, condition)
        except ConditionFailed as failed:
            task = self._table.overtaker(task_id, failed)
            if task.execution_name != execution_name or task.claimed_by > attempt.key:
                raise StaleAttemptError(f"task {task_id} belongs to another attempt") from failed
            if task.claimed_by == attempt.key:
                return task  # my own claim, whose answer was lost
        # Its deadline stood in the way, which never changes, or that no attempt of this state had
        # got as far as here, which cannot be asked for twice: this ends.
        due_at, retries = min(due_at, task.deadline), retries and task.claimed_by >= attempt.entry
        return self._claim(task_id, execution_name, attempt, now, due_at, retries=retries)

    def intend(self, task: Task, intent: Mapping[str, Any], *, now: datetime) -> Task:
        """Write down an effect before it is tried."""
        intended = replace(task, intent=dict(intent), updated_at=now)
        actions = [self._table.item.intent.set(intended.intent), *self._table.touched(now)]
        try:
            self._table.update(task.task_id, actions, self._table.as_known(task))
        except ConditionFailed as failed:
            if not self._table.is_intended(intended, failed):
                raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
        return intended

    def advance(self, task: Task, *, now: datetime) -> Task:
        """Store where an unfinished task stands."""
        model = self._table.item
        actions = [
            model.status.set(task.status.value),
            put(model.intent, task.intent),
            put(model.handle, task.handle),
            put(model.problem, documents.to_json(task.problem)),
            put(model.retry_at, stamp(task.retry_at) if task.retry_at else None),
            *self._table.due(task.task_id, task.due_at or task.deadline),
            *self._table.touched(now),
        ]
        self._update(task, actions, self._table.owned(task))
        return replace(task, updated_at=now)

    def note_change(self, task: Task, *, now: datetime) -> Task:
        """Store how the task's change record stands."""
        return self._note(task, put(self._table.item.change, documents.to_json(task.change)), now)

    def note_cancellation(self, task: Task, *, now: datetime) -> Task:
        """Store what the task's vendor says to its cancellation."""
        noted = put(self._table.item.cancellation, documents.to_json(task.cancellation))
        return self._note(task, noted, now)

    def claim_ended(
        self, task_id: str, *, execution_name: str, attempt: Attempt, now: datetime
    ) -> Task:
        """Make `attempt` the owner of an ended task of this execution."""
        model = self._table.item
        # Not older, instead of newer: a claim whose answer was lost is made again.
        free = (model.execution_name == execution_name) & (model.claimed_by <= attempt.key)
        condition = free & model.status.is_in(*sorted(TERMINAL))
        actions = [model.claimed_by.set(attempt.key), *self._table.touched(now)]
        try:
            return self._table.update(task_id, actions, condition)
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task_id} is not this attempt's") from failed

    def settle(
        self,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None = None,
    ) -> Task:
        """End the task for the attempt that owns it."""
        return self._ends.settle(task, outcome, now=now, expires_at=expires_at, due_at=due_at)

    def end(
        self,
        task: Task,
        outcome: Outcome,
        *,
        now: datetime,
        expires_at: datetime,
        due_at: datetime | None = None,
    ) -> Task:
        """End the task from outside its steps, if nothing has changed since it was read."""
        return self._ends.end(task, outcome, now=now, expires_at=expires_at, due_at=due_at)

    def count_unfinished(self, owner: str, service: str, *, limit: int) -> int:
        """Return how many unfinished tasks a user has with a service, `limit` at most."""
        return count_unfinished(self._table, owner, service, limit=limit)

    def due(self, *, now: datetime, limit: int) -> Due:
        """Return which tasks are due, the longest due first."""
        return self._due.read(now=now, limit=limit)

    def take_due(self, due: DueTask, *, due_at: datetime) -> Task:
        """Return a due task as it stands, due again later: one write, before anything is done."""
        return self._due.take(due, due_at=due_at)

    def postpone(self, task: Task, *, due_at: datetime | None) -> Task:
        """Let a due task come back later, or never."""
        return self._due.postpone(task, due_at=due_at)

    def retry(
        self,
        task: Task,
        new: Task,
        *,
        by: str,
        now: datetime,
        alone: str | None = None,
        during: Task | None = None,
    ) -> Task:
        """Store `new` as the retry of the ended `task`, if nothing has been decided since."""
        return self._retries.retry(task, new, by=by, now=now, alone=alone, during=during)

    def resolve(self, task: Task, resolution: Resolution, *, now: datetime) -> Task:
        """Write down what was found out about an UNKNOWN task."""
        return self._retries.resolve(task, resolution, now=now)

    def _note(self, task: Task, action: Action, now: datetime) -> Task:
        """Store something about a task that is this attempt's, whether it has ended or not."""
        model = self._table.item
        mine = (model.execution_name == task.execution_name) & (model.claimed_by == task.claimed_by)
        over = task.status.is_terminal and not is_needed(task, now=now)
        due = self._table.due(task.task_id, None) if over else []
        self._update(task, [action, *due, *self._table.touched(now)], mine)
        return replace(task, updated_at=now)

    def _update(self, task: Task, actions: Sequence[Action], condition: Condition) -> None:
        try:
            self._table.update(task.task_id, actions, condition)
        except ConditionFailed as failed:
            raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
