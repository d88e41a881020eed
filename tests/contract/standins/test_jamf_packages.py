from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins.jamf import DEVICES, GROUP, MIXED_GROUP, REFUSED_DEVICE
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.jamf_api import DEPLOY, MANIFEST, deploy, log_in, refusal, script


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("jamf")) as http:
        log_in(http)
        yield http


def deployed(control: Control) -> dict[str, Any]:
    counts: dict[str, Any] = control.effects()["jamf"].get("deploy", {})
    return counts


def test__deploy__a_command_for_each_device_and_again_when_repeated(
    http: httpx.Client, control: Control
) -> None:
    first, second = (deploy(http, devices=[11, 12]).json() for _ in range(2))
    assert [one["device"] for one in first["queuedCommands"]] == [11, 12]
    assert first["errors"] == second["errors"] == []
    assert first["queuedCommands"] != second["queuedCommands"]
    commands = {"11": {"com.example.agent": 2}, "12": {"com.example.agent": 2}}
    assert deployed(control) == {"posts": 2, "commands": commands}


def test__deploy__to_a_group__to_each_of_its_computers(http: httpx.Client) -> None:
    queued = deploy(http, groupId=GROUP).json()["queuedCommands"]
    assert [one["device"] for one in queued] == list(DEVICES)


def test__deploy__refused_in_part__errors_under_a_200(http: httpx.Client) -> None:
    answer = deploy(http, groupId=MIXED_GROUP)
    assert (answer.status_code, len(answer.json()["queuedCommands"])) == (200, 1)
    assert [one["device"] for one in answer.json()["errors"]] == [REFUSED_DEVICE]


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ({"devices": [999]}, {"device": 999, "reason": "The device does not exist"}),
        ({"groupId": "77"}, {"group": 77, "reason": "The group does not exist"}),
    ],
)
def test__deploy__unknown_target__errors_under_a_200_without_effect(
    http: httpx.Client, control: Control, target: dict[str, Any], error: dict[str, Any]
) -> None:
    answer = deploy(http, **target)
    assert (answer.status_code, answer.json()) == (200, {"queuedCommands": [], "errors": [error]})
    assert "commands" not in deployed(control)


@pytest.mark.parametrize("scripted", [True, False])
def test__deploy__not_verbose__202_without_a_body(
    http: httpx.Client, control: Control, scripted: bool
) -> None:
    script(control, verbose=not scripted)
    params = {"verbose": "true"} if scripted else {}
    answer = http.post(DEPLOY, params=params, json={"manifest": MANIFEST, "devices": [11]})
    assert (answer.status_code, answer.content) == (202, b"")
    assert deployed(control)["posts"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"devices": None}, "body"),
        ({"groupId": "1"}, "body"),
        ({"devices": []}, "body"),
        ({"devices": ["11"]}, "body"),
        ({"devices": None, "groupId": 1}, "body"),
        ({"manifest": None}, "body"),
        ({"installAsManaged": True}, "body"),
        *(
            ({"manifest": {key: value for key, value in MANIFEST.items() if key != name}}, "body")
            for name in MANIFEST
        ),
        ({"manifest": {**MANIFEST, "hashType": "SHA1"}}, "body"),
        ({"manifest": {**MANIFEST, "sizeInBytes": "1"}}, "body"),
        ({"manifest": {**MANIFEST, "url": "http://packages.example.com/a"}}, "body"),
        ({"manifest": {**MANIFEST, "color": "red"}}, "body"),
    ],
)
def test__deploy__wrong_body__refused_without_effect(
    http: httpx.Client, control: Control, change: dict[str, Any], field: str
) -> None:
    whole = {"manifest": MANIFEST, "devices": [11], **change}
    body = {name: value for name, value in whole.items() if value is not None}
    answer = http.post(DEPLOY, json=body)
    assert (refusal(answer), answer.json()["errors"][0]["field"]) == (400, field)
    assert deployed(control) == {}


def test__deploy__other_spelling_or_type__refused(http: httpx.Client) -> None:
    body = {"manifest": MANIFEST, "devices": [11]}
    assert refusal(http.post(f"{DEPLOY}/", json=body)) == 404
    assert refusal(http.get(DEPLOY)) == 405
    assert refusal(http.post(DEPLOY, json=body, params={"verbose": "yes"})) == 400
    assert refusal(http.post(DEPLOY, json=body, params={"dry-run": "true"})) == 400
    assert refusal(http.post(DEPLOY, content=b"{}")) == 415


def test__deploy__loses_a_race__409_without_effect(http: httpx.Client, control: Control) -> None:
    script(control, conflicts=1)
    assert refusal(deploy(http, devices=[11])) == 409
    assert deployed(control) == {}
    assert deploy(http, devices=[11]).status_code == 200


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer unknown", "Basic {token}"])
def test__deploy__without_a_good_token__401_without_effect(
    http: httpx.Client, control: Control, header: str | None
) -> None:
    token = http.headers.pop("authorization").partition(" ")[2]
    if header is not None:
        http.headers["authorization"] = header.format(token=token)
    assert refusal(deploy(http, devices=[11])) == 401
    assert deployed(control) == {}


def test__faults__are_refused_in_jamf_s_shape(http: httpx.Client, control: Control) -> None:
    control.arm(kind="status", status=503)
    assert refusal(deploy(http, devices=[11])) == 503


def test__connections__counted_while_they_last(http: httpx.Client, control: Control) -> None:
    deploy(http, devices=[11])
    assert control.http.get("/jamf/connections").json() == {"most": 1}
