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


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Breakwater/test")


@pytest.fixture
def observer() -> CircuitsObserver:
    return CircuitsObserver()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def values(line: dict[str, Any]) -> dict[str, float]:
    """Return what a line in the embedded format measures, and check its form."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Breakwater/test", [["target"]])
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
    metrics.gauge(HALF_OPEN)
    (line,) = lines()
    assert (line["target"], values(line)) == ("intune", {"CircuitState": 1})


REOPENED = Circuit(service="intune", state=State.HALF_OPEN, generation=4, opened_at=1000.0)
SHUT = Circuit(service="intune", generation=5, updated_at=1187.5)


def test__closing__measures_how_long_the_circuit_was_not_closed(
    observer: CircuitsObserver, lines: Lines
) -> None:
    observer.changed(REOPENED, SHUT)
    (line,) = lines()
    assert values(line)["CircuitOpenTime"] == 187.5


@pytest.mark.parametrize(
    ("before", "after"),
    [(CLOSED, OPEN), (OPEN, HALF_OPEN), (HALF_OPEN, OPEN), (HALF_OPEN, RECOVERED), (SHUT, SHUT)],
)
def test__any_other_change__measures_no_recovery(
    observer: CircuitsObserver, lines: Lines, before: Circuit, after: Circuit
) -> None:
    observer.changed(before, after)
    assert "CircuitOpenTime" not in values(lines()[0])


def called(observer: CircuitsObserver, outcome: str, ms: int, service: str = "intune") -> None:
    observer.called(service, outcome, seconds=ms / 1000, is_fault=outcome == "5xx")


def test__calls__are_timed_by_service_and_outcome_and_faults_by_service(
    observer: CircuitsObserver, lines: Lines
) -> None:
    called(observer, "answered", 120)
    called(observer, "5xx", 30)
    called(observer, "answered", 80)
    called(observer, "4xx", 7, service="jamf")
    assert lines() == []
    observer.flush()

    found = [
        (line["target"], line.get("outcome"), line.get("VendorLatency") or line["VendorFaults"])
        for line in lines()
    ]
    assert found == [
        ("intune", "answered", [120, 80]),
        ("intune", "5xx", [30]),
        ("jamf", "4xx", [7]),
        ("intune", None, [0, 1, 0]),
        ("jamf", None, [0]),
    ]
    observer.flush()
    assert lines() == []


def test__calls__latency_stands_for_the_service_alone_too(
    observer: CircuitsObserver, lines: Lines
) -> None:
    called(observer, "answered", 120)
    observer.flush()
    (directive,) = lines()[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["target", "outcome"], ["target"]]
    assert directive["Metrics"] == [{"Name": "VendorLatency", "Unit": "Milliseconds"}]
