import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from breakwater.adapters import metrics
from breakwater.adapters.observer import CircuitsObserver
from breakwater.resilience.circuit import Circuit, Mode, State

CLOSED = Circuit(service="intune", failures=5)
OPEN = Circuit(service="intune", state=State.OPEN, generation=1, failures=5)
HALF_OPEN = Circuit(service="intune", state=State.HALF_OPEN, generation=2, failures=5)
RECOVERED = Circuit(service="intune", generation=3)
JAMF = Circuit(service="jamf")

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def observer() -> CircuitsObserver:
    return CircuitsObserver()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def values(line: dict[str, Any]) -> dict[str, float]:
    """Return what a line in the embedded format measures, and check its form."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Breakwater", [["target"]])
    return {metric["Name"]: sum(line[metric["Name"]]) for metric in directive["Metrics"]}


@pytest.mark.parametrize(
    ("before", "after", "old", "new", "failures", "state"),
    [
        (CLOSED, OPEN, "closed", "open", 5, 2),
        (OPEN, HALF_OPEN, "open", "half-open", 5, 1),
        (HALF_OPEN, RECOVERED, "half-open", "closed", 5, 0),
    ],
)
def test__transition__one_line_and_its_metrics_at_once(
    observer: CircuitsObserver,
    caplog: pytest.LogCaptureFixture,
    lines: Lines,
    before: Circuit,
    after: Circuit,
    old: str,
    new: str,
    failures: int,
    state: int,
) -> None:
    observer.changed(before, after)

    (record,) = caplog.records
    said = vars(record)
    assert record.levelno == logging.WARNING
    assert (said["circuit_breaker"], said["generation"]) == ("intune", after.generation)
    assert (said["old_state"], said["new_state"], said["failure_count"]) == (old, new, failures)
    (line,) = lines()
    assert line["target"] == "intune"
    assert values(line) == {"CircuitTransitions": 1, "CircuitState": state}
    observer.flush()
    assert lines() == []


@pytest.mark.parametrize(
    ("mode", "state", "level"),
    [
        (Mode.FORCED_OPEN, State.CLOSED, 2),
        (Mode.FORCED_CLOSED, State.OPEN, 0),
        (Mode.FORCED_CLOSED, State.HALF_OPEN, 0),
    ],
)
def test__override__is_said_and_measured_as_what_it_forces(
    observer: CircuitsObserver,
    caplog: pytest.LogCaptureFixture,
    lines: Lines,
    mode: Mode,
    state: State,
    level: int,
) -> None:
    forced = Circuit(service="intune", state=state, override_mode=mode)
    observer.changed(Circuit(service="intune", state=state), forced)
    said = vars(caplog.records[0])
    assert (said["old_state"], said["new_state"]) == (state.value, mode.value)
    assert values(lines()[0])["CircuitState"] == level


def test__counts__one_line_for_each_service_at_the_end_and_only_once(
    observer: CircuitsObserver, lines: Lines
) -> None:
    for _ in range(3):
        observer.failed(CLOSED)
        observer.refused(OPEN)
    observer.probed(HALF_OPEN)
    observer.slow(CLOSED, 31.5)
    observer.failed(JAMF)
    assert lines() == []
    observer.flush()

    found = {line["target"]: values(line) for line in lines()}
    assert found == {
        "intune": {
            "CircuitFailures": 3,
            "CircuitRejections": 3,
            "CircuitProbes": 1,
            "CircuitSlowCalls": 1,
        },
        "jamf": {"CircuitFailures": 1},
    }
    observer.flush()
    assert lines() == []


def test__slow_answer__says_how_slow(
    observer: CircuitsObserver, caplog: pytest.LogCaptureFixture
) -> None:
    observer.slow(CLOSED, 31.5)
    assert "31.5 s" in caplog.records[0].message


def test__nothing_happened__nothing_is_written(observer: CircuitsObserver, lines: Lines) -> None:
    observer.flush()
    assert lines() == []


def test__gauge__is_the_state_alone_whatever_the_environment_says(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "other")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "other")
    metrics.gauge(HALF_OPEN)
    (line,) = lines()
    assert (line["target"], values(line)) == ("intune", {"CircuitState": 1})
