from typing import Any

import httpx
import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import APPS, LOGIN, TOKEN_PATH, Control, Graph, client, refusal


@pytest.fixture
def login(standins: StandIns, control: Control) -> httpx.Client:
    assert control.effects() == {}
    return client(standins.url_of("intune"))


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": "wröng"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 400, "unauthorized_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"scope": None}, 400, "invalid_request"),
        ({"extra": "field"}, 400, "invalid_request"),
        ({"scope": [LOGIN["scope"]] * 2}, 400, "invalid_request"),
    ],
)
def test__token__wrong_form__refused_in_oauth_shape(
    login: httpx.Client, control: Control, change: dict[str, Any], status: int, error: str
) -> None:
    form = {name: value for name, value in {**LOGIN, **change}.items() if value is not None}
    with login:
        answer = login.post(TOKEN_PATH, data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}
    assert control.effects() == {}


def test__token__json_body__refused(login: httpx.Client) -> None:
    with login:
        answer = login.post(TOKEN_PATH, json=LOGIN)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test__token__form_that_does_not_say_so__refused(login: httpx.Client) -> None:
    with login:
        answer = login.post(TOKEN_PATH, data=LOGIN, headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test__token__other_tenant__refused(login: httpx.Client) -> None:
    with login:
        answer = login.post("/common/oauth2/v2.0/token", data=LOGIN)
    assert "AADSTS90002" in answer.json()["error_description"]


def test__token__get__method_refused(login: httpx.Client) -> None:
    with login:
        assert login.get(TOKEN_PATH).status_code == 405


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer unknown", "Basic {token}"])
def test__graph__without_good_token__401_in_graph_shape(graph: Graph, header: str | None) -> None:
    token = graph.http.headers.pop("authorization").partition(" ")[2]
    if header is not None:
        graph.http.headers["authorization"] = header.format(token=token)
    answer = graph.http.get(APPS)
    assert refusal(answer)[0] == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test__token__lifetime_over__expired(control: Control, graph: Graph) -> None:
    control.limits(token_lifetime_seconds=60)
    graph.log_in()
    control.advance(59)
    assert graph.app().status_code == 200
    control.advance(1)
    assert graph.app().status_code == 401


def test__expire_tokens__all_expire__a_new_one_works(control: Control, graph: Graph) -> None:
    assert control.http.post("/intune/expire-tokens").json() == {"expired": 1}
    assert graph.app().status_code == 401
    graph.log_in()
    assert graph.app().status_code == 200
    assert control.effects()["intune"]["login"] == {"tokens": 2}


def test__token__good_form__answer_as_documented(login: httpx.Client) -> None:
    with login:
        answer = login.post(TOKEN_PATH, data=LOGIN)
    body = answer.json()
    token = body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599}
    assert token.startswith("stand-in.")
    assert answer.headers["cache-control"] == "no-store"
