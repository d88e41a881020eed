"""What operators have: alarms with a runbook each, burn rates, the dashboard, saved queries."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from breakwater.adapters import metrics, sweeps
from breakwater.resilience.registry import SERVICES
from breakwater.services.sweep import Report
from infra.constructs.objectives import BURNS, INDICATORS
from infra.constructs.queries import QUERIES
from tests.infra.assemblies import Assembly

ROOT = Path(__file__).resolve().parents[2]
Assemblies = Callable[[str], Assembly]


def alarms(assembly: Assembly, part: str) -> dict[str, dict[str, Any]]:
    """Return the alarms of one part of the stack by their names, without the stack's."""
    return {
        found["Properties"]["AlarmName"].split("-", 2)[2]: found["Properties"]
        for name, found in assembly.of_type("AWS::CloudWatch::Alarm").items()
        if name.startswith(part)
    }


def pairs(assembly: Assembly) -> dict[str, dict[str, Any]]:
    found = assembly.of_type("AWS::CloudWatch::CompositeAlarm").values()
    return {each["Properties"]["AlarmName"].split("-", 2)[2]: each["Properties"] for each in found}


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the forge makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test__symptoms__have_an_alarm_each_and_vendors_for_each_service(every: Assembly) -> None:
    expected = {"accept-latency", "accept-errors", "gateway-errors"}
    for service in SERVICES:
        expected |= {f"vendor-{service}-latency", f"vendor-{service}-errors", f"recovery-{service}"}
    found = alarms(every, "Symptoms")
    assert found.keys() == expected
    [topic] = every.of_type("AWS::SNS::Topic")
    for alarm in found.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("name", "metric", "statistic", "above", "minutes"),
    [
        ("accept-latency", metrics.ACCEPT_LATENCY, "p99", 2000, 15),
        ("accept-errors", metrics.ACCEPT_FAULTS, "Sum", 5, 5),
        ("gateway-errors", "5xx", "Sum", 5, 5),
        ("vendor-jira-latency", metrics.VENDOR_LATENCY, "p90", 15_000, 15),
        ("vendor-jira-errors", metrics.VENDOR_FAULTS, "Average", 0.2, 15),
        ("recovery-jira", metrics.CIRCUIT_STATE, "Minimum", 0, 120),
    ],
)
def test__symptom__rings_above_its_limit(
    dev: Assembly, name: str, metric: str, statistic: str, above: float, minutes: int
) -> None:
    alarm = alarms(dev, "Symptoms")[name]
    assert alarm["MetricName"] == metric
    assert statistic in {alarm.get("Statistic"), alarm.get("ExtendedStatistic")}
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (above, "GreaterThanThreshold")
    assert alarm["Period"] * alarm["EvaluationPeriods"] == minutes * 60


def test__every_alarm__names_a_section_of_a_runbook_that_is_there(dev: Assembly) -> None:
    described = [
        *alarms(dev, "Symptoms").values(),
        *alarms(dev, "Objectives").values(),
        *pairs(dev).values(),
    ]
    assert described
    for alarm in described:
        place = re.search(r"Runbook: (\S+)#(\S+)$", alarm["AlarmDescription"])
        assert place is not None, alarm["AlarmDescription"]
        assert place[2] in anchors(ROOT / place[1])


@pytest.mark.parametrize("indicator", INDICATORS)
@pytest.mark.parametrize("burn", BURNS, ids=lambda burn: burn.name)
def test__burn_rate__both_windows_together_ring_and_neither_alone(
    assembly_of: Assemblies, indicator: str, burn: Any
) -> None:
    prod = assembly_of("prod")
    halves = alarms(prod, "Objectives")
    names = [f"slo-{indicator}-{burn.name}-{window}" for window in ("long", "short")]
    for name, minutes in zip(names, (burn.long_minutes, burn.short_minutes), strict=True):
        half = halves[name]
        assert (half["Statistic"], half["Period"]) == ("Average", minutes * 60)
        assert half["Threshold"] == pytest.approx(burn.rate * 0.005)
        assert half["MetricName"] == INDICATORS[indicator][0]
        assert "AlarmActions" not in half
    pair = pairs(prod)[f"slo-{indicator}-{burn.name}"]
    assert json.dumps(pair["AlarmRule"]).count("ALARM(") == 2
    assert " AND " in json.dumps(pair["AlarmRule"])
    assert len(pair["AlarmActions"]) == len(pair["OKActions"]) == 1


def test__burn_rates__are_of_a_budget_of_half_a_percent_in_thirty_days() -> None:
    hours = 30 * 24
    spent = {burn.name: burn.rate * burn.long_minutes / 60 / hours for burn in BURNS}
    assert spent == pytest.approx({"fast": 0.02, "medium": 0.05, "slow": 0.1})
    # A day is as long as an alarm's single period may be.
    assert max(burn.long_minutes for burn in BURNS) <= 24 * 60


def board(assembly: Assembly) -> dict[str, Any]:
    [dashboard] = assembly.of_type("AWS::CloudWatch::Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]
    text = body if isinstance(body, str) else "".join(map(_text, body["Fn::Join"][1]))
    found: dict[str, Any] = json.loads(text)
    return found


def _text(part: Any) -> str:
    return part if isinstance(part, str) else "resolved-at-deployment"


@pytest.mark.parametrize(
    "shown",
    [
        *("CircuitState", "CircuitRejections", "CircuitOpenTime"),
        *("TasksEnded", "TasksAccepted", "TaskAge", "OldestTask", "TaskRepairs"),
        *("AcceptLatency", "AcceptFaults", "VendorLatency", "VendorFaults", "TaskFaults"),
        *("ExecutionsFailed", "5xx"),
    ],
)
def test__dashboard__shows(every: Assembly, shown: str) -> None:
    assert shown in json.dumps(board(every))


def drawn(assembly: Assembly) -> set[tuple[str, ...]]:
    """Return the stage's own metrics that a dashboard draws one by one: a name and dimensions."""
    widgets = board(assembly)["widgets"]
    lines = [line for widget in widgets for line in widget["properties"].get("metrics", [])]
    named = [[part for part in line if isinstance(part, str)] for line in lines]
    return {tuple(rest) for namespace, *rest in filter(None, named) if "Breakwater" in namespace}


def test__dashboard__what_a_sweep_publishes_is_drawn_under_its_very_names(
    dev: Assembly, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Breakwater/dev")
    sweeps.publish(Report(due=0, more=False))
    line = json.loads(capsys.readouterr().out)
    [published] = line["_aws"]["CloudWatchMetrics"]
    [[dimension]] = published["Dimensions"]
    found = {(each["Name"], dimension, line[dimension]) for each in published["Metrics"]}
    assert len(found) == 7
    assert found <= drawn(dev)


def test__dashboard__draws_no_metric_that_the_product_does_not_have(dev: Assembly) -> None:
    known = {
        value for name, value in vars(metrics).items() if name.isupper() and isinstance(value, str)
    }
    assert drawn(dev)
    assert {name for name, *_ in drawn(dev)} <= known


def test__dashboard__is_of_the_stages_own_metrics_and_links_the_runbooks(
    assembly_of: Assemblies,
) -> None:
    text = json.dumps(board(assembly_of("prod")))
    assert "Breakwater/prod" in text
    assert "Breakwater/dev" not in text
    for name in re.findall(r"\]\((docs/runbooks/[^)]+)\)", text):
        assert name.endswith(".md")
    assert "docs/runbooks/service-level.md" in text


def test__dashboard__every_state_that_is_an_end_and_every_service_has_its_line(
    dev: Assembly,
) -> None:
    text = json.dumps(board(dev))
    for status in ("SUCCESS", "FAILED", "CANCELLED", "UNKNOWN"):
        assert f'"TasksEnded", "status", "{status}"' in text
    for service in SERVICES:
        assert f'"VendorLatency", "target", "{service}"' in text


def test__queries__are_saved_over_every_function_in_the_stages_folder(dev: Assembly) -> None:
    saved = [q["Properties"] for q in dev.of_type("AWS::Logs::QueryDefinition").values()]
    assert {query["Name"] for query in saved} == {f"Breakwater/dev/{name}" for name in QUERIES}
    functions = len(dev.of_type("AWS::Lambda::Function"))
    for query in saved:
        assert len(query["LogGroupNames"]) == functions


@pytest.mark.parametrize("name", QUERIES)
def test__query__begins_each_further_command_with_a_pipe(name: str) -> None:
    commands = ("fields", "filter", "stats", "sort", "limit")
    first, *others = [line.strip() for line in QUERIES[name].strip().splitlines()]
    assert first.split()[0] in commands
    for line in others:
        assert not line.startswith(commands)
