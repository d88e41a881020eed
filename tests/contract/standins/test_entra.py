"""Entra's token endpoint, as Intune's stand-in and Configuration Manager's have it."""

from typing import Any

import httpx
import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins import clients, sccm_site
from tests.contract.standins.clients import Control, client

PATHS = {"intune": clients.TOKEN_PATH, "sccm": sccm_site.TOKEN_PATH}
FORMS = {"intune": clients.LOGIN, "sccm": sccm_site.FORM}
SECONDS = 3599


@pytest.fixture(params=list(FORMS))
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Login:
    """The endpoint of one vendor."""

    def __init__(self, vendor: str, base_url: str) -> None:
        self.form, self._path, self._base_url = FORMS[vendor], PATHS[vendor], base_url

    def post(self, path: str = "", **sent: Any) -> httpx.Response:
        with client(self._base_url) as http:
            return http.post(path or self._path, **sent)


@pytest.fixture
def login(vendor: str, standins: StandIns, control: Control) -> Login:
    assert control.effects() == {}
    return Login(vendor, standins.url_of(vendor))


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
    ],
)
def test__wrong_form__refused_in_oauth_shape(
    login: Login, control: Control, change: dict[str, Any], status: int, error: str
) -> None:
    form = {name: value for name, value in {**login.form, **change}.items() if value is not None}
    answer = login.post(data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}
    assert control.effects() == {}


def test__field_twice__refused(login: Login) -> None:
    answer = login.post(data={**login.form, "scope": [login.form["scope"]] * 2})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test__json_body__refused(login: Login) -> None:
    answer = login.post(json=login.form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test__form_that_does_not_say_so__refused(login: Login) -> None:
    answer = login.post(data=login.form, headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test__other_tenant__refused(login: Login) -> None:
    answer = login.post("/common/oauth2/v2.0/token", data=login.form)
    assert "AADSTS90002" in answer.json()["error_description"]


def test__good_form__answer_as_documented(login: Login, control: Control, vendor: str) -> None:
    answer = login.post(data=login.form)
    body = answer.json()
    token = body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": SECONDS, "ext_expires_in": SECONDS}
    assert token.startswith("stand-in.")
    assert answer.headers["cache-control"] == "no-store"
    assert control.effects() == {vendor: {"login": {"tokens": 1}}}
