from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins import landscape
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.landscape_api import ACTIVITIES, FORM, KEY, LOGIN, log_in


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("landscape")) as http:
        yield http


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"secret_key": "wrong"}, 401, "Unauthorised"),
        ({"secret_key": "wröng"}, 401, "Unauthorised"),
        ({"access_key": "wrong"}, 401, "Unauthorised"),
        ({"access_key": None}, 400, "BadRequest"),
        ({"extra": "field"}, 400, "BadRequest"),
        ({"expiry_minutes": 0}, 400, "BadRequest"),
        ({"expiry_minutes": "60"}, 400, "BadRequest"),
    ],
)
def test__login__wrong_body__refused_by_name(
    http: httpx.Client, control: Control, change: dict[str, Any], status: int, error: str
) -> None:
    body = {name: value for name, value in {**KEY, **change}.items() if value is not None}
    answer = http.post(LOGIN, json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "message"}
    assert control.effects() == {}


@pytest.mark.parametrize("path", [LOGIN + "/", "/api/v2/login", "/login/access-key"])
def test__login__other_path__404_in_landscape_s_shape(http: httpx.Client, path: str) -> None:
    answer = http.post(path, json=KEY)
    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")


def test__login__form__refused(http: httpx.Client) -> None:
    assert http.post(LOGIN, data=KEY).status_code == 415


def test__login__good_key__answer_as_documented(http: httpx.Client) -> None:
    body = http.post(LOGIN, json=KEY).json()
    assert set(body) == {"accounts", "current_account", "email", "name", "token"}
    assert body["email"] == landscape.API_USER


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer unknown", "Basic {token}"])
def test__activities__without_good_token__unauthorised(
    http: httpx.Client, header: str | None
) -> None:
    log_in(http)
    token = http.headers.pop("authorization").partition(" ")[2]
    if header is not None:
        http.headers["authorization"] = header.format(token=token)
    answer = http.get(ACTIVITIES)
    assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorised")


def test__token__lives_as_long_as_asked(http: httpx.Client, control: Control) -> None:
    log_in(http, expiry_minutes=2)
    control.advance(119)
    assert http.get(ACTIVITIES).status_code == 200
    control.advance(1)
    assert http.get(ACTIVITIES).status_code == 401


def test__token__lives_a_day_unless_asked(http: httpx.Client, control: Control) -> None:
    log_in(http)
    control.advance(24 * 3600 - 1)
    assert http.get(ACTIVITIES).status_code == 200


def test__token__opens_the_legacy_endpoint_too(http: httpx.Client) -> None:
    assert http.post("/api/", data=FORM).status_code == 401
    log_in(http)
    assert http.post("/api/", data=FORM).status_code == 200


def test__expire_tokens__all_expire__a_new_one_works(http: httpx.Client, control: Control) -> None:
    log_in(http)
    assert control.http.post("/landscape/expire-tokens").json() == {"expired": 1}
    assert http.get(ACTIVITIES).status_code == 401
    log_in(http)
    assert http.get(ACTIVITIES).status_code == 200
    assert control.effects()["landscape"]["login"] == {"tokens": 2}
