"""What a change record's own writes may and may not do to those around them."""

from datetime import datetime, timedelta

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.changes import ChangeState
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    StaleAttemptError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW
from tests.unit.services.documented import Documented


class Forgetful(MemoryExecutionStore):
    """The twin that does not take notes of changes while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False

    def note_change(self, task: Task, *, now: datetime) -> Task:
        if self.down:
            raise StorageUnavailableError("no answer")
        return super().note_change(task, now=now)


def test__opening__cannot_be_noted__is_not_tried_and_the_deployment_goes_on() -> None:
    store = Forgetful()
    one = Documented(executions=store)
    store.down = True
    one.invoke()

    assert one.task.status is Status.SUCCESS
    assert one.desk.calls == []


def test__opened__cannot_be_noted__is_found_afterwards() -> None:
    store = Forgetful()
    one = Documented(executions=store)

    def forget(_: str) -> None:
        store.down = True

    one.desk.after = forget
    one.go_on(one.invoke())
    assert one.task.status is Status.SUCCESS
    store.down, one.desk.after = False, lambda _: None
    one.run()

    assert one.desk.calls == ["open", "find", "update"]
    assert one.record.state is ChangeState.CLOSED


def test__document__cannot_note__is_retried_and_blames_no_system() -> None:
    store = Forgetful()
    one = Documented(executions=store)
    one.go_on(one.invoke())

    def forget(_: str) -> None:
        store.down = True

    one.desk.after = forget
    with pytest.raises(StorageUnavailableError):
        one.invoke()
    store.down, one.desk.after = False, lambda _: None
    one.failed()
    assert (one.record.state, one.record.failures) == (ChangeState.OPENED, 0)
    one.run()
    assert (one.record.state, one.record.failures) == (ChangeState.CLOSED, 0)


@pytest.mark.parametrize("state", ["Submit", "Document"])
def test__overtaken__writes_nothing_more(state: str) -> None:
    one = Documented()
    if state == "Document":
        one.go_on(one.invoke())
    newer = Attempt(NOW + timedelta(minutes=1), 0)

    def overtake(_: str) -> None:
        names = {"execution_name": one.execution, "attempt": newer, "now": NOW}
        if state == "Document":
            one.executions.claim_ended(one.task_id, **names)  # type: ignore[arg-type]
        else:
            one.executions.claim(one.task_id, due_at=NOW, **names)  # type: ignore[arg-type]

    one.desk.before = overtake
    before = one.record
    with pytest.raises(StaleAttemptError):
        one.invoke()
    assert one.record.state in {before.state, ChangeState.OPENING}
    assert one.connector.effects == (1 if state == "Document" else 0)


@pytest.mark.parametrize(
    "error", [CircuitBreakerOpenError("servicenow", retry_after=0), TransientError("503")]
)
def test__document__pauses_for_half_a_minute_at_least(error: Exception) -> None:
    one = Documented()
    one.go_on(one.invoke())

    def fail(_: str) -> None:
        raise error

    one.desk.before = fail
    directive = one.invoke()
    assert directive.resume_at is not None
    assert directive.resume_at - one.clock.now() >= timedelta(seconds=30)
