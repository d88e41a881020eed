import json
from collections import Counter
from typing import Any

import pytest

from breakwater.adapters import sweeps
from breakwater.services.reconcile import Seen
from breakwater.services.sweep import Report


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Breakwater/test")


def published(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["application"]]
    return {each["Name"]: (sum(line[each["Name"]]), each["Unit"]) for each in directive["Metrics"]}


def test__swept__everything_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    seen = Counter({Seen.STARTED: 2, Seen.ENDED: 3, Seen.EXPIRED: 4, Seen.REFUSED: 5, Seen.LEFT: 6})
    sweeps.publish(Report(due=20, more=False, seen=seen, oldest_seconds=90.5, overdue_seconds=1.5))
    assert published(capsys) == {
        "TasksDue": (20, "Count"),
        "TasksLeft": (6, "Count"),
        "TaskRepairs": (9, "Count"),
        "TasksNotStarted": (5, "Count"),
        "OldestTask": (90.5, "Seconds"),
        "TaskOverdue": (1.5, "Seconds"),
    }


def test__swept__nothing_found__is_published_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweeps.publish(Report(due=0, more=False))
    assert {value for value, _ in published(capsys).values()} == {0}
