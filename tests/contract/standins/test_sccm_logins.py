"""Who Configuration Manager's stand-in lets in."""

from collections.abc import Iterator

import httpx
import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.sccm_site import (
    TOKEN_ROUTE,
    WINDOWS_ROUTE,
    Windows,
    log_in,
    refusal,
    script,
)

SITE = f"{TOKEN_ROUTE}/SMS_Site"


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("sccm")) as http:
        yield http


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer unknown", "NTLM {token}"])
def test__token_route__without_good_token__401(http: httpx.Client, header: str | None) -> None:
    log_in(http)
    token = http.headers.pop("authorization").partition(" ")[2]
    headers = {} if header is None else {"authorization": header.format(token=token)}
    answer = http.get(SITE, headers=headers)
    assert refusal(answer)[0] == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test__token__lifetime_over_or_expired_by_control__refused(
    http: httpx.Client, control: Control
) -> None:
    script(control, "/settings", token_lifetime_seconds=60)
    log_in(http)
    control.advance(59)
    assert http.get(SITE).status_code == 200
    control.advance(1)
    assert http.get(SITE).status_code == 401
    log_in(http)
    script(control, "/expire-tokens")
    assert http.get(SITE).status_code == 401


def test__windows__both_legs_on_one_connection__in(http: httpx.Client, control: Control) -> None:
    login = Windows(http)
    asked = login.begin()
    assert (asked.status_code, asked.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert asked.headers["www-authenticate"].startswith("NTLM ")
    assert login.send(login.answer).json()["value"][0]["SiteCode"] == "PS1"
    assert control.effects()["sccm"]["login"] == {"ntlm": 1}


@pytest.mark.parametrize(
    "header", [None, "", "NTLM", "NTLM ????", "NTLM AAAA", "Negotiate TlRMTVNTUAABAAAA", "Bearer x"]
)
def test__windows__without_a_message__offers(http: httpx.Client, header: str | None) -> None:
    answer = Windows(http).send(header)
    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == ["Negotiate", "NTLM"]


def test__windows__token_does_not_open_it(http: httpx.Client) -> None:
    log_in(http)
    assert http.get(f"{WINDOWS_ROUTE}/SMS_Site").status_code == 401


@pytest.mark.parametrize("cut", [12, 40, 70, 200])
def test__windows__answer_cut_short__refused(http: httpx.Client, cut: int) -> None:
    login = Windows(http)
    login.begin()
    assert login.send(login.answer[: cut // 4 * 4 + 5]).status_code == 401


@pytest.mark.parametrize(
    "account", [{"password": "wrong"}, {"user": "STANDIN\\other"}, {"user": "breakwater"}]
)
def test__windows__another_account__refused(
    http: httpx.Client, control: Control, account: dict[str, str]
) -> None:
    login = Windows(http, **account)
    login.begin()
    assert login.send(login.answer).status_code == 401
    assert control.effects() == {}


def test__windows__answer_that_was_used__is_worth_nothing(http: httpx.Client) -> None:
    login = Windows(http)
    login.begin()
    assert login.send(login.answer).status_code == 200
    assert login.send(login.answer).status_code == 401
    assert login.send(None).status_code == 401


def test__windows__answer_on_another_connection__refused(
    http: httpx.Client, standins: StandIns
) -> None:
    login = Windows(http)
    login.begin()
    with client(standins.url_of("sccm")) as other:
        assert Windows(other).send(login.answer).status_code == 401


def test__more_requests_than_an_address_may_make__503_for_the_rest_of_the_second(
    http: httpx.Client, control: Control
) -> None:
    log_in(http)
    script(control, "/settings", requests_per_second=3)
    seen = [http.get(SITE).status_code for _ in range(5)]
    assert seen == [200, 200, 200, 503, 503]
    control.advance(1)
    assert http.get(SITE).status_code == 200


def test__limit__is_the_documented_one(control: Control) -> None:
    answer = control.http.post("/sccm/settings", json={})
    assert answer.json()["requests_per_second"] == 200
