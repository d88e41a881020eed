import json
from datetime import timedelta

import pytest

from breakwater.domain.errors import (
    EngineRefusedError,
    EngineUnavailableError,
    IdempotencyConflictError,
)
from breakwater.domain.progress import Done
from breakwater.domain.requests import canonical
from breakwater.services.status import ReadTask
from tests.fakes.clock import FakeClock
from tests.fakes.engine import RecordingEngine
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW, a_request
from tests.unit.services.conftest import Bench, accept_on


class Front:
    """Accept on twins."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.executions = MemoryExecutionStore()
        self.engine = RecordingEngine()
        self.accept = accept_on(self.executions, self.engine, self.clock)


@pytest.fixture
def front() -> Front:
    return Front()


def test__accepted__stored_pending_due_and_started_with_the_stored_bytes(front: Front) -> None:
    task = front.accept(a_request())
    assert front.engine.started == [front.executions.tasks[task.task_id]]
    assert task.due_at == NOW + timedelta(seconds=60)
    assert task.deadline == NOW + timedelta(hours=1)
    assert json.loads(task.input)["command"] == a_request().command


def test__without_a_key__each_request_is_a_task(front: Front) -> None:
    assert front.accept(a_request()).task_id != front.accept(a_request()).task_id


def test__same_key__replays_and_starts_again_while_pending(front: Front) -> None:
    first = front.accept(a_request(idempotency_key="k"))
    again = front.accept(a_request(idempotency_key="k", correlation_id="another"))
    assert again == first
    assert [task.execution_name for task in front.engine.started] == [first.execution_name] * 2


def test__same_key_once_running__is_not_started_again(front: Front, bench: Bench) -> None:
    accept = accept_on(bench.executions, front.engine, front.clock)
    task = accept(a_request(idempotency_key="k"))
    bench.task_id = task.task_id
    bench.run(lambda _: Done({}))
    accept(a_request(idempotency_key="k"))
    assert len(front.engine.started) == 1


@pytest.mark.parametrize("change", [{"owner": "user-2"}, {"operation": "POST /other"}])
def test__same_key_of_another_user_or_operation__is_another_task(
    front: Front, change: dict[str, str]
) -> None:
    first = front.accept(a_request(idempotency_key="k"))
    assert front.accept(a_request(idempotency_key="k", **change)).task_id != first.task_id


def test__same_key_other_body__refused(front: Front) -> None:
    front.accept(a_request(idempotency_key="k"))
    with pytest.raises(IdempotencyConflictError):
        front.accept(a_request(idempotency_key="k", command={"other": 1}))
    assert len(front.engine.started) == 1


@pytest.mark.parametrize("error", [EngineUnavailableError("slow"), EngineRefusedError("gone")])
def test__engine_fails__accepted_all_the_same(front: Front, error: Exception) -> None:
    front.engine.error = error
    task = front.accept(a_request())
    assert front.executions.tasks[task.task_id].due_at is not None


def test__execution_name__is_new_each_time_and_fits(front: Front) -> None:
    first = front.accept(a_request())
    second = front.accept(a_request())
    assert first.execution_name != second.execution_name
    assert len(first.execution_name) <= 80


def test__canonical__one_text_for_one_value() -> None:
    assert canonical({"b": 1, "a": "ü"}) == canonical({"a": "ü", "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


@pytest.mark.parametrize(
    ("caller", "operator", "found"),
    [("user-1", False, True), ("user-2", False, False), ("user-2", True, True)],
)
def test__read__owner_or_operator(front: Front, caller: str, operator: bool, found: bool) -> None:
    task = front.accept(a_request())
    read = ReadTask(executions=front.executions, clock=front.clock)
    assert (read(task.task_id, caller=caller, operator=operator) is not None) is found


def test__read__expired__is_gone(bench: Bench) -> None:
    bench.run(lambda _: Done({}))
    read = ReadTask(executions=bench.executions, clock=bench.clock)
    assert read(bench.task_id, caller="user-1", operator=False) is not None
    bench.clock.advance(31 * 86_400)
    assert read(bench.task_id, caller="user-1", operator=False) is None
