import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakwater.adapters import sweeps
from breakwater.domain.errors import ConfigurationError
from breakwater.domain.tasks import Task
from breakwater.ports import DueTask
from breakwater.services.reconcile import Seen
from breakwater.services.sweep import Report
from tests.fakes.stores import MemoryExecutionStore
from tests.unit.services.sweeping import World


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Breakwater/test")


def published(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["application"]]
    return {each["Name"]: (sum(line[each["Name"]]), each["Unit"]) for each in directive["Metrics"]}


def test__swept__everything_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    repaired = {Seen.STARTED: 2, Seen.ENDED: 3, Seen.EXPIRED: 4}
    seen = Counter({**repaired, Seen.REFUSED: 5, Seen.LEFT: 6, Seen.FAULTY: 7})
    sweeps.publish(Report(due=27, more=False, seen=seen, oldest_seconds=90.5, overdue_seconds=1.5))
    assert published(capsys) == {
        "TasksDue": (27, "Count"),
        "TasksLeft": (6, "Count"),
        "TaskRepairs": (9, "Count"),
        "TasksNotStarted": (5, "Count"),
        "TasksFaulty": (7, "Count"),
        "OldestTask": (90.5, "Seconds"),
        "TaskOverdue": (1.5, "Seconds"),
    }


def test__swept__nothing_found__is_published_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweeps.publish(Report(due=0, more=False))
    assert {value for value, _ in published(capsys).values()} == {0}


class Refusing(MemoryExecutionStore):
    """A store that shows what is due, and lets nobody take it."""

    def take_due(self, due: DueTask, *, due_at: datetime) -> Task:
        raise ConfigurationError("DynamoDB refused: AccessDeniedException")


def test__no_task_can_be_taken__none_is_seen_overdue__and_yet_all_are_published(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World(executions=Refusing())
    for _ in range(40):
        world.accept()
    world.clock.advance(timedelta(days=2).total_seconds())
    world.sweep(publish=sweeps.publish)
    found = published(capsys)
    assert found["TasksDue"] == found["TasksFaulty"] == (40, "Count")
    assert found["TaskOverdue"] == found["OldestTask"] == (0, "Seconds")
