import io
import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from breakwater.adapters import logs, metrics
from breakwater.adapters.requests import answered
from tests.fakes.events import http_event

Lines = Callable[[], list[dict[str, Any]]]
INTUNE = {"target": "intune"}


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Breakwater/test")
    monkeypatch.setattr(logs, "_bound", {})


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test__publish__bears_what_is_bound_to_the_invocation_as_fields(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"correlation_id": "c-1", "task_id": "t-1", "attempt": 2, "function": None}
    monkeypatch.setattr(logs, "_bound", keys)
    metrics.publish({metrics.TASK_RETRIES: 1}, INTUNE, task_id="t-2")

    (line,) = lines()
    said = {name: line.get(name) for name in keys}
    assert said == {"correlation_id": "c-1", "task_id": "t-2", "attempt": 2, "function": None}
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["target"]]
    assert "function" not in line


def test__publish__what_is_counted_is_told_from_who_counts_it(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_bound", {"kind": "replay", "service": "all"})
    place = {"kind": "deployment", "target": "intune"}
    metrics.publish({metrics.TASKS_ACCEPTED: 1}, place, {"target": "intune"})

    (line,) = lines()
    assert {name: line[name] for name in place} == place
    assert line["service"] == "all"


@pytest.mark.parametrize(("count", "lengths"), [(99, [99]), (100, [99, 1]), (250, [99, 99, 52])])
def test__publish__many_values__as_many_lines_as_they_need_and_none_is_lost(
    lines: Lines, count: int, lengths: list[int]
) -> None:
    metrics.publish({metrics.VENDOR_LATENCY: list(range(count)), "Other": 1}, INTUNE)

    found = lines()
    assert [len(line["VendorLatency"]) for line in found] == lengths
    assert [value for line in found for value in line["VendorLatency"]] == list(range(count))
    assert [line.get("Other") for line in found] == [[1], *[None] * (len(lengths) - 1)]


def test__every_unit__is_of_a_metric_that_is_not_a_count() -> None:
    assert {unit.value for unit in metrics.UNITS.values()} == {"None", "Seconds", "Milliseconds"}


@pytest.mark.parametrize(
    ("status", "seconds", "fault"),
    [(202, 0.08, 0), (400, 0.01, 0), (429, 0.01, 0), (500, 0.1, 1), (503, 2.0, 1), (202, 5.1, 1)],
)
def test__request_to_do_something__is_a_fault_where_it_is_not_taken_in_time(
    lines: Lines, status: int, seconds: float, fault: int
) -> None:
    answered(http_event("POST", "/api/v1/deployments"), status, seconds)

    (line,) = lines()
    assert (line["AcceptLatency"], line["AcceptFaults"]) == ([seconds * 1000], [fault])
    assert (line["route"], line["status_code"]) == ("POST /api/v1/deployments", status)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["application"]]


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test__other_request__is_not_measured(lines: Lines, method: str) -> None:
    answered(http_event(method, "/api/v1/breakers"), 500, 9.0)
    assert lines() == []


class Interrupted(io.StringIO):
    """An output at whose first piece of a line another thread has something to say."""

    def __init__(self, other: threading.Thread) -> None:
        super().__init__()
        self._other = other

    def write(self, text: str) -> int:
        written = super().write(text)
        if not self._other.ident:
            self._other.start()
            self._other.join(0.1)
        return written


def test__publish__from_several_threads__a_line_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    other = threading.Thread(target=metrics.publish, args=({"Other": 1}, INTUNE))
    out = Interrupted(other)
    monkeypatch.setattr(sys, "stdout", out)
    metrics.publish({"One": 1}, INTUNE)
    other.join()
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert ["One" in said[0], "Other" in said[1]] == [True, True]
