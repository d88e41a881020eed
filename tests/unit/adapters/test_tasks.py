import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.adapters import logs
from breakwater.adapters.logs import Logs
from breakwater.adapters.tasks import TasksObserver
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from tests.fakes.tasks import a_task

Lines = Callable[[], list[dict[str, Any]]]
AGE = timedelta(minutes=2)


class KnownLogs(Logs):
    """Keys without a logger."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}

    def add(self, **keys: Any) -> None:
        self.keys |= keys


@pytest.fixture
def log() -> KnownLogs:
    return KnownLogs()


@pytest.fixture
def observer(log: KnownLogs, monkeypatch: pytest.MonkeyPatch) -> TasksObserver:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Breakwater/test")
    monkeypatch.setattr(logs, "_bound", {})
    return TasksObserver(log)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def dimensions(line: dict[str, Any]) -> list[list[str]]:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    found: list[list[str]] = directive["Dimensions"]
    return found


def test__claimed__the_service_and_the_attempt_are_on_further_lines(
    observer: TasksObserver, log: KnownLogs
) -> None:
    observer.claimed(replace(a_task(), retries=2))
    assert log.keys == {"kind": "deployment", "service": "intune", "attempt": 3}


@pytest.mark.parametrize(
    ("tell", "metric"),
    [(TasksObserver.accepted, "TasksAccepted"), (TasksObserver.retrying, "TaskRetries")],
)
def test__accepted_or_retrying__is_counted_by_kind_and_service(
    observer: TasksObserver, lines: Lines, tell: Callable[[TasksObserver, Task], None], metric: str
) -> None:
    task = a_task()
    tell(observer, task)

    (line,) = lines()
    assert (line["kind"], line["target"], line[metric]) == ("deployment", "intune", [1])
    assert dimensions(line) == [["kind", "target"]]
    assert (line["task_id"], line["correlation_id"]) == (task.task_id, task.correlation_id)
    assert (line["service"], line["attempt"]) == ("intune", 1)


def test__ended__is_counted_by_kind_service_and_status_and_by_status_alone(
    observer: TasksObserver, lines: Lines
) -> None:
    task = a_task()
    observer.ended(task, Outcome(status=Status.SUCCESS), age=AGE)

    count, rest = lines()
    assert dimensions(count) == [["kind", "target", "status"], ["status"]]
    assert (count["status"], count["TasksEnded"]) == ("SUCCESS", [1])
    assert dimensions(rest) == [["application"], ["kind"]]
    assert (rest["TaskAge"], rest["TaskFaults"], rest["kind"]) == ([120], [0], "deployment")
    for line in (count, rest):
        assert line["task_id"] == task.task_id


@pytest.mark.parametrize(
    ("status", "type_", "fault"),
    [
        (Status.UNKNOWN, "TransientError", 1),
        (Status.FAILED, "InternalError", 1),
        (Status.FAILED, "States.Timeout", 1),
        (Status.FAILED, "ExecutionDiedError", 1),
        (Status.FAILED, "ConfigurationError", 1),
        (Status.FAILED, None, 1),
        (Status.FAILED, "PermanentError", 0),
        (Status.FAILED, "TransientError", 0),
        (Status.FAILED, "CircuitBreakerOpenError", 0),
        (Status.FAILED, "DeadlineExceededError", 0),
        (Status.CANCELLED, None, 0),
        (Status.SUCCESS, None, 0),
    ],
)
def test__ended__is_a_fault_where_it_is_ours(
    observer: TasksObserver, lines: Lines, status: Status, type_: str | None, fault: int
) -> None:
    problem = Problem(type=type_, message="") if type_ else None
    observer.ended(a_task(), Outcome(status=status, problem=problem), age=AGE)
    assert lines()[1]["TaskFaults"] == [fault]
