import json
from typing import Any

import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.fakes.aws import put_circuit
from tests.fakes.events import override_event
from tests.fakes.overview import EIGHT
from tests.functions.account import Account
from tests.functions.lambdas import Context, Function, Lines, sample, soon, text

SWEEP = "upkeep/circuits"
EVENT = "each_minute"


def is_open(account: Account, service: str, *, since: float) -> None:
    """Let a circuit be open that could have been probed `since` seconds ago."""
    could = soon(-since).timestamp()
    values = {"failures": 5, "opened_at": could - 60, "retry_at": could, "reopens": 0}
    put_circuit(account.dynamodb, service, {"state": "open", "generation": 1, **values})


def circuit(account: Account, service: str) -> dict[str, Any]:
    """Return the item of a circuit, in DynamoDB's wire format."""
    (item,) = [item for item in account.items("circuits") if text(item, "service") == service]
    return item


def trail(account: Account, service: str) -> list[tuple[str | None, str, str]]:
    """Return `(owner, old, new)` of each of a circuit's events, in order."""
    entries = [e for e in account.items("events") if text(e, "stream") == f"circuit/{service}"]
    entries.sort(key=lambda entry: text(entry, "position") or "")
    data = [json.loads(text(entry, "data") or "") for entry in entries]
    return [
        (text(entry, "owner"), data["old"], data["new"])
        for entry, data in zip(entries, data, strict=True)
    ]


def states(lines: list[dict[str, Any]]) -> dict[str, int]:
    """Return the last gauge of each service."""
    return {line["target"]: line["CircuitState"][0] for line in lines if "CircuitState" in line}


def test__sweep__all_is_well__measures_every_service_and_writes_nothing(
    account: Account, function: Function, lines: Lines
) -> None:
    answer = function(SWEEP)(sample(SWEEP, EVENT), Context())

    gauges = lines()
    assert json.loads(json.dumps(answer)) == {"circuits": dict.fromkeys(EIGHT, "closed")}
    assert states(gauges) == dict.fromkeys(EIGHT, 0)
    for line in gauges:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Breakwater/test"
        assert directive["Dimensions"] == [["target"]]
    assert account.items("circuits") == account.items("events") == []


@pytest.mark.usefixtures("vendor")
def test__sweep__idle_and_the_vendor_answers__closes_the_circuit(
    account: Account, function: Function, lines: Lines
) -> None:
    is_open(account, "intune", since=61)
    event = sample(SWEEP, EVENT)
    function(SWEEP)(event, Context())

    logged = lines()
    assert text(circuit(account, "intune"), "state") == "closed"
    assert trail(account, "intune") == [
        ("breakwater", "open", "half-open"),
        ("breakwater", "half-open", "closed"),
    ]
    assert states(logged)["intune"] == 0
    messages = [line for line in logged if "message" in line]
    assert messages
    assert {line["correlation_id"] for line in messages} == {event["id"]}


def test__sweep__idle_and_the_vendor_is_sick__opens_for_longer_and_says_so(
    account: Account, function: Function, vendor: StandIns, lines: Lines
) -> None:
    arm(vendor, "mobileApps")
    is_open(account, "intune", since=61)
    function(SWEEP)(sample(SWEEP, EVENT), Context())

    logged = lines()
    item = circuit(account, "intune")
    assert (text(item, "state"), item["reopens"]) == ("open", {"N": "1"})
    assert float(item["retry_at"]["N"]) > soon(90).timestamp()
    assert states(logged)["intune"] == 2
    assert "intune" in {line.get("service") for line in logged if line.get("level") == "WARNING"}


@pytest.mark.usefixtures("vendor")
def test__sweep__twice__probes_once(account: Account, function: Function) -> None:
    is_open(account, "intune", since=61)
    handler = function(SWEEP)
    handler(sample(SWEEP, EVENT), Context())
    handler(sample(SWEEP, EVENT), Context())

    assert len(trail(account, "intune")) == 2


def test__sweep__vendor_is_not_configured__the_others_are_looked_after(
    account: Account, function: Function, lines: Lines
) -> None:
    is_open(account, "intune", since=61)
    answer = function(SWEEP)(sample(SWEEP, EVENT), Context())

    logged = lines()
    assert answer["circuits"]["intune"] == "open"
    assert states(logged) == {**dict.fromkeys(EIGHT, 0), "intune": 2}
    (warning,) = [line for line in logged if line.get("level") == "WARNING"]
    assert "intune is not configured" in warning["message"]


def test__override__is_over__is_ended_once_by_nobody(
    account: Account, function: Function, lines: Lines
) -> None:
    function("api")(override_event(service="ai"), Context())
    account.dynamodb.update_item(
        TableName="circuits",
        Key={"service": {"S": "ai"}},
        UpdateExpression="SET override_until = :past",
        ExpressionAttributeValues={":past": {"N": repr(soon(-1).timestamp())}},
    )
    lines()
    handler = function(SWEEP)
    handler(sample(SWEEP, EVENT), Context())
    handler(sample(SWEEP, EVENT), Context())

    # Their order is their generation's: the force stands under the first, its end under the next.
    assert trail(account, "ai") == [
        ("operator-1", "automatic", "forced_open"),
        ("breakwater", "forced_open", "automatic"),
    ]
    assert "override_mode" not in circuit(account, "ai")


def test__override__forced_open__is_measured_as_open(
    account: Account, function: Function, lines: Lines
) -> None:
    function("api")(override_event(service="ai"), Context())
    lines()
    function(SWEEP)(sample(SWEEP, EVENT), Context())

    assert states(lines())["ai"] == 2


def test__circuits_table__is_gone__fails_so_that_the_schedule_sees_it(
    account: Account, function: Function
) -> None:
    account.dynamodb.delete_table(TableName="circuits")

    with pytest.raises(Exception, match="ResourceNotFound") as caught:
        function(SWEEP)(sample(SWEEP, EVENT), Context())
    assert type(caught.value).__name__ == "ConfigurationError"


def test__invoked_by_hand__with_an_empty_event__sweeps_too(
    account: Account, function: Function
) -> None:
    assert set(function(SWEEP)({}, Context())["circuits"]) == set(EIGHT)
