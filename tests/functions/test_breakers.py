import json
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.events import OPERATOR, SUBMITTER, override_event
from tests.fakes.overview import EIGHT
from tests.functions.account import Account
from tests.functions.asking import ask
from tests.functions.lambdas import Function, Lines, sample, soon, text


def number(item: dict[str, Any], name: str) -> float:
    return float(item[name]["N"])


def test__override__stands_in_the_circuit_and_its_event_in_the_trail(
    account: Account, function: Function
) -> None:
    event = sample("api", "put_override")
    operator = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    asked = json.loads(event["body"])
    status, body = ask(function("api"), event)

    circuit = account.only("circuits")
    entry = account.only("events")
    assert status == 200
    assert body["intune"]["override"]["by"] == text(circuit, "override_by") == operator
    assert text(circuit, "override_mode") == asked["mode"]
    expires_at = datetime.fromisoformat(body["intune"]["override"]["expires_at"])
    assert abs(expires_at - soon(asked["expires_in_seconds"])) < timedelta(seconds=30)
    assert number(circuit, "override_until") == expires_at.timestamp()
    assert (text(entry, "stream"), text(entry, "type")) == (
        "circuit/intune",
        "CIRCUIT_OVERRIDE_SET",
    )
    assert text(entry, "owner") == operator
    assert text(entry, "correlation_id") == "circuit/intune"
    data = json.loads(text(entry, "data") or "")
    assert (data["old"], data["new"]) == ("automatic", asked["mode"])
    assert (data["by"], data["reason"]) == (operator, asked["reason"])


def test__override__and_back__is_read_as_it_was_just_written(
    account: Account, function: Function
) -> None:
    api = function("api")
    _, forced = ask(api, override_event(service="intune"))
    assert ask(api, sample("api", "get_breakers"))[1]["intune"] == forced["intune"]
    back = {"mode": "automatic", "reason": "put out"}
    _, automatic = ask(api, override_event(back, service="intune"))

    _, shown = ask(api, sample("api", "get_breakers"))
    assert tuple(shown) == EIGHT
    assert shown["intune"] == automatic["intune"]
    assert (automatic["intune"]["override"], automatic["intune"]["state"]) == (None, "open")
    assert len(account.items("events")) == 2


def test__override__submitter__is_refused_and_writes_nothing(
    account: Account, function: Function
) -> None:
    status, _ = ask(function("api"), override_event(claims=SUBMITTER))

    assert status == 403
    assert account.items("circuits") == account.items("events") == []


def test__override__events_table_is_gone__changes_nothing(
    account: Account, function: Function
) -> None:
    account.dynamodb.delete_table(TableName="events")
    status, _ = ask(function("api"), override_event(claims=OPERATOR))

    assert status == 503
    assert account.items("circuits") == []


def test__health__a_circuit_is_forced_open__is_degraded(
    account: Account, function: Function
) -> None:
    api = function("api")
    assert ask(api, sample("api", "get_health"))[1]["status"] == "ok"
    ask(api, override_event())

    status, body = ask(api, sample("api", "get_health"))
    assert (status, body["status"]) == (200, "degraded")
    assert body["breakers"]["jamf"] == {"state": "closed", "fail_counter": 0, "is_open": True}


def test__health__circuits_table_is_gone__is_degraded_and_logged(
    account: Account, function: Function, lines: Lines
) -> None:
    account.dynamodb.delete_table(TableName="circuits")

    assert ask(function("api"), sample("api", "get_health")) == (
        200,
        {"status": "degraded", "breakers": {}},
    )
    assert [line["level"] for line in lines()] == ["WARNING"]
