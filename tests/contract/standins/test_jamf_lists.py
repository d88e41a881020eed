from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins.jamf import CLIENT_ID
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.jamf_api import (
    COMMANDS,
    COMPUTERS,
    EVER,
    LOGIN,
    TOKEN,
    deploy,
    log_in,
    refusal,
    script,
    uuids,
)


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    script(control, now="2026-01-01T12:00:00Z")
    with client(standins.url_of("jamf")) as http:
        log_in(http)
        yield http


def queued(http: httpx.Client, *devices: int) -> list[str]:
    answer = deploy(http, devices=list(devices)).json()
    return [one["commandUuid"] for one in answer["queuedCommands"]]


def test__commands__tell_their_computer_by_another_id_and_no_package(http: httpx.Client) -> None:
    (uuid,) = queued(http, 11)
    (command,) = http.get(COMMANDS, params={"filter": f"uuid=={uuid}"}).json()["results"]
    params = {"filter": "id=in=(11,999)", "section": "GENERAL"}
    (computer,) = http.get(COMPUTERS, params=params).json()["results"]
    assert command["client"]["managementId"] == computer["general"]["managementId"]
    assert command["dateSent"].startswith("2026-01-01T12:00:")
    assert command["commandType"] == "INSTALL_ENTERPRISE_APPLICATION"
    assert command["commandState"] == "PENDING"
    assert "agent" not in str(command)


def test__commands__by_time(http: httpx.Client, control: Control) -> None:
    first = queued(http, 11)
    control.advance(40)
    second = queued(http, 12)
    half = "2026-01-01T12:00:20Z"
    assert uuids(http) == [*first, *second]
    assert uuids(http, sort="dateSent:desc") == [*second, *first]
    assert uuids(http, filter=f"dateSent=ge={half}") == second
    assert uuids(http, filter=f"dateSent=lt={half}") == first
    assert uuids(http, filter=f"{EVER};dateSent=le={half}") == first
    assert uuids(http, filter=f"dateSent=lt={half},dateSent=gt={half}") == [*first, *second]
    assert uuids(http, filter=f"dateSent=ge={half};uuid=={first[0]}") == []


def test__commands__in_pages(http: httpx.Client, control: Control) -> None:
    every = queued(http, 11, 12, 13)
    answer = http.get(COMMANDS, params={"filter": EVER, "page": "1", "page-size": "2"}).json()
    assert (answer["totalCount"], [one["uuid"] for one in answer["results"]]) == (3, every[2:])
    script(control, largest_page=1)
    assert uuids(http) == every[:1]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"filter": ""},
        {"filter": "uuid"},
        {"filter": "color==red"},
        {"filter": "dateSent==2026-01-01T12:00:00Z"},
        {"filter": "dateSent=ge=2026-01-01T12:00:00"},
        {"filter": "dateSent=ge=now"},
        {"filter": "uuid=ge=a"},
        {"filter": f"{EVER};"},
        {"filter": ",".join(f"uuid=={number}" for number in range(41))},
        {"filter": EVER, "sort": "uuid:asc"},
        {"filter": EVER, "page": "-1"},
        {"filter": EVER, "page-size": "0"},
        {"filter": EVER, "page-size": "2001"},
        {"filter": EVER, "limit": "1"},
        {"filter": [EVER, EVER]},
    ],
)
def test__commands__wrong_query__refused(http: httpx.Client, params: dict[str, Any]) -> None:
    assert refusal(http.get(COMMANDS, params=params)) == 400


def test__commands__of_packages__listed_only_where_scripted(
    http: httpx.Client, control: Control
) -> None:
    queued(http, 11)
    sent = {"device": 11, "command_type": "INSTALL_PROFILE"}
    foreign = control.http.post("/jamf/commands", json=sent).json()["uuid"]
    script(control, lists_packages=False)
    assert uuids(http) == [foreign]
    assert len(control.http.get("/jamf/commands").json()["commands"]) == 2


def test__commands__show_late(http: httpx.Client, control: Control) -> None:
    script(control, lag_seconds=30)
    every = queued(http, 11)
    assert uuids(http) == []
    control.advance(30)
    assert uuids(http) == every


def test__cookie__keeps_a_client_on_the_node_that_queued(
    http: httpx.Client, control: Control, standins: StandIns
) -> None:
    script(control, cluster_lag_seconds=30)
    every = queued(http, 11)
    assert uuids(http) == every
    cookie = http.cookies["APBALANCEID"]
    other = {"node-1": "node-2", "node-2": "node-1"}[cookie]
    with client(standins.url_of("jamf")) as elsewhere:
        elsewhere.headers["authorization"] = http.headers["authorization"]
        elsewhere.cookies.set("APBALANCEID", other)
        assert uuids(elsewhere) == []
        control.advance(30)
        assert uuids(elsewhere) == every


def test__time__is_told_by_jamf_s_own_clock(http: httpx.Client, control: Control) -> None:
    control.advance(40)
    answer = http.get(COMMANDS, params={"filter": EVER})
    assert answer.headers["date"].startswith("Thu, 01 Jan 2026 12:00:4")


def test__computers__without_the_right_to_read_them__403(
    http: httpx.Client, control: Control
) -> None:
    script(control, may_read_computers=False)
    assert refusal(http.get(COMPUTERS, params={"filter": "id==11"})) == 403


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "wrong"},
        {"client_secret": "wröng"},
        {"grant_type": "password"},
        {"client_id": None},
        {"scope": "any"},
        {"client_id": [CLIENT_ID, CLIENT_ID]},
    ],
)
def test__login__wrong_form__refused_in_oauth_shape(
    http: httpx.Client, change: dict[str, Any]
) -> None:
    form = {name: value for name, value in {**LOGIN, **change}.items() if value is not None}
    answer = http.post(TOKEN, data=form)
    assert (answer.status_code, set(answer.json())) == (400, {"error", "error_description"})


def test__login__json__refused(http: httpx.Client) -> None:
    assert http.post(TOKEN, json=LOGIN).json()["error"] == "invalid_request"


def test__token__lives_for_a_minute(http: httpx.Client, control: Control) -> None:
    answer = http.post(TOKEN, data=LOGIN).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 60)
    control.advance(59)
    assert uuids(http) == []
    control.advance(1)
    assert refusal(http.get(COMMANDS, params={"filter": EVER})) == 401
    log_in(http)
    assert control.http.post("/jamf/expire-tokens").json() == {"expired": 3}
    assert refusal(http.get(COMMANDS, params={"filter": EVER})) == 401


def test__health__is_told_to_anybody(http: httpx.Client) -> None:
    del http.headers["authorization"]
    answer = http.get("/api/v1/health-check")
    assert (answer.status_code, answer.content) == (204, b"")
