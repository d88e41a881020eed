from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins import servicenow
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client

CHANGES = "/api/now/table/change_request"
FORM = {
    "grant_type": "client_credentials",
    "client_id": servicenow.CLIENT_ID,
    "client_secret": servicenow.CLIENT_SECRET,
}
OLD = "2025-12-01 00:00:00"


@pytest.fixture
def instance(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    """A client that has logged in; it does so after the reset, which forgets tokens."""
    assert control.effects() == {}
    with client(standins.url_of("servicenow")) as http:
        token = http.post("/oauth_token.do", data=FORM).json()["access_token"]
        http.headers["authorization"] = f"Bearer {token}"
        yield http


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and message of a refusal, having checked that it has the shape."""
    body = answer.json()
    assert set(body) == {"error", "status"}
    assert (set(body["error"]), body["status"]) == ({"message", "detail"}, "failure")
    return answer.status_code, body["error"]["message"]


def put(control: Control, number: int, **script: Any) -> str:
    row_id = f"{number:032x}"
    fields = {"number": f"CHG{number}", "sys_updated_on": OLD, **script.pop("fields", {})}
    rows = [{"sys_id": row_id, "fields": fields, **script}]
    assert control.http.post("/servicenow/records", json={"rows": rows}).status_code == 200
    return row_id


def listed(instance: httpx.Client, query: str, **params: str) -> list[str]:
    """Return the numbers of the rows that a query finds."""
    named = {f"sysparm_{name}": value for name, value in params.items()}
    answer = instance.get(CHANGES, params={"sysparm_query": query, **named})
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()["result"]]


def test__login__good_form__answer_as_documented(standins: StandIns, control: Control) -> None:
    with client(standins.url_of("servicenow")) as http:
        body = http.post("/oauth_token.do", data=FORM).json()
    assert body.pop("access_token").startswith("stand-in.")
    assert body == {"scope": "useraccount", "token_type": "Bearer", "expires_in": 1799}
    assert control.effects() == {"servicenow": {"login": {"tokens": 1}}}


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "server_error"),
        ({"client_id": "wrong"}, 401, "server_error"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "x"}, 400, "invalid_request"),
        ({"client_id": None}, 400, "invalid_request"),
    ],
)
def test__login__wrong_form__refused(
    standins: StandIns, control: Control, change: dict[str, Any], status: int, error: str
) -> None:
    form = {name: value for name, value in {**FORM, **change}.items() if value is not None}
    with client(standins.url_of("servicenow")) as http:
        answer = http.post("/oauth_token.do", data=form)
        as_json = http.post("/oauth_token.do", json=FORM)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert as_json.status_code == 400
    assert control.effects() == {}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer unknown", "Basic e30=", "Basic ?"])
def test__table__without_a_good_login__401(instance: httpx.Client, header: str) -> None:
    instance.headers["authorization"] = header
    answer = instance.get(CHANGES)
    assert refusal(answer) == (401, "User Not Authenticated")
    assert answer.headers["www-authenticate"].startswith("BASIC")


def test__table__basic__let_in(instance: httpx.Client) -> None:
    del instance.headers["authorization"]
    login = (servicenow.USERNAME, servicenow.PASSWORD)
    assert instance.get(CHANGES, auth=login).status_code == 200


def test__token__lifetime_over__expired(instance: httpx.Client, control: Control) -> None:
    control.advance(1798)
    assert instance.get(CHANGES).status_code == 200
    control.advance(2)
    assert instance.get(CHANGES).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{CHANGES}/", 404),
        ("GET", "/api/now/table/incident", 404),
        ("PUT", CHANGES, 405),
        ("GET", f"{CHANGES}?sysparm_limit=-1", 400),
        ("GET", f"{CHANGES}?sysparm_limit=10001", 400),
        ("GET", f"{CHANGES}?sysparm_offset=x", 400),
        ("GET", f"{CHANGES}?active=true", 400),
        ("GET", f"{CHANGES}?sysparm_limit=1&sysparm_limit=2", 400),
        ("GET", "/api/now/table/sys_user?sysparm_limit=1", 403),
    ],
)
def test__table__wrong_path_method_or_query__refused(
    instance: httpx.Client, method: str, path: str, status: int
) -> None:
    assert refusal(instance.request(method, path))[0] == status


def test__list__limit_counts_hidden_rows(instance: httpx.Client, control: Control) -> None:
    for number in range(6):
        put(control, number, hidden=number in (1, 2, 3))
    query = f"sys_updated_on={OLD}^ORDERBYsys_id"
    assert listed(instance, query, limit="2") == ["CHG0"]
    assert listed(instance, query, limit="2", offset="2") == []
    assert listed(instance, query, limit="2", offset="4") == ["CHG4", "CHG5"]
    assert listed(instance, query.replace("BY", "BYDESC"), limit="2") == ["CHG5", "CHG4"]


def test__list__reference__a_link_unless_it_is_excluded(instance: httpx.Client) -> None:
    group = "5b5b5b5b0000400080000000000000a1"
    (row,) = instance.get(f"{CHANGES}?sysparm_limit=1").json()["result"]
    assert row["assignment_group"]["value"] == group
    assert row["assignment_group"]["link"].endswith(f"/table/sys_user_group/{group}")
    query = "sysparm_limit=1&sysparm_exclude_reference_link=true&sysparm_fields=assignment_group,no"
    (row,) = instance.get(f"{CHANGES}?{query}").json()["result"]
    assert row == {"assignment_group": group}


def test__create__seen_after_its_transaction(instance: httpx.Client, control: Control) -> None:
    control.http.post("/servicenow/settings", json={"commit_lag_seconds": 5})
    answer = instance.post(CHANGES, json={"short_description": "x", "correlation_id": "c-1"})
    row = answer.json()["result"]
    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"{CHANGES}/{row['sys_id']}")
    assert listed(instance, "correlation_id=c-1") == []
    control.advance(5)
    assert listed(instance, "correlation_id=c-1") == [row["number"]]


def test__create__same_correlation_id__another_row(
    instance: httpx.Client, control: Control
) -> None:
    for _ in range(2):
        instance.post(CHANGES, json={"short_description": "x", "correlation_id": "c-1"})
    assert len(listed(instance, "correlation_id=c-1")) == 2
    assert control.effects()["servicenow"]["opened"] == {"c-1": 2}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 403),
        ({"short_description": "x", "sys_id": "0" * 32}, 400),
        ({"short_description": 5}, 400),
        ({"short_description": "x", "correlation_id": "c" * 101}, 400),
    ],
)
def test__create__wrong_body__refused(
    instance: httpx.Client, control: Control, body: dict[str, Any], status: int
) -> None:
    assert refusal(instance.post(CHANGES, json=body))[0] == status
    assert refusal(instance.post(CHANGES, data={"short_description": "x"}))[0] == 415
    assert "opened" not in control.effects()["servicenow"]


def test__update__note_is_kept_and_not_shown(instance: httpx.Client, control: Control) -> None:
    row_id = put(control, 7)
    answer = instance.patch(f"{CHANGES}/{row_id}", json={"work_notes": "Done."})
    row = answer.json()["result"]
    assert (row["work_notes"], row["number"]) == ("", "CHG7")
    assert row["sys_updated_on"] > OLD
    rows = control.http.get("/servicenow/records").json()["rows"]
    assert [one["notes"] for one in rows if one["fields"]["sys_id"] == row_id] == [["Done."]]
    assert control.effects()["servicenow"]["notes"] == {"CHG7": 1}


@pytest.mark.parametrize("hidden", [True, False])
def test__update__hidden_or_not_there__the_same_404(
    instance: httpx.Client, control: Control, hidden: bool
) -> None:
    row_id = put(control, 7, hidden=True) if hidden else "f" * 32
    answer = instance.patch(f"{CHANGES}/{row_id}", json={"work_notes": "x"})
    assert refusal(answer) == (404, "No Record found")


def test__limit__429_until_the_hour_is_over(instance: httpx.Client, control: Control) -> None:
    control.http.post("/servicenow/time", json={"now": "2026-01-01 12:59:30"})
    control.http.post("/servicenow/settings", json={"requests_per_hour": 1})
    assert instance.get(CHANGES).status_code == 200
    answer = instance.get(CHANGES)
    assert refusal(answer) == (429, "Rate limit exceeded")
    assert answer.headers["x-ratelimit-limit"] == "1"
    assert answer.headers["x-ratelimit-reset"] == "1767272400"
    assert 25 <= int(answer.headers["retry-after"]) <= 30
    control.advance(31)
    assert instance.get(CHANGES).status_code == 200


def test__control__wrong_script__refused(control: Control) -> None:
    for path, body in (
        ("records", {"rows": [{"sys_id": "short", "fields": {}}]}),
        ("time", {"now": "noon"}),
        ("touch", {}),
        ("settings", {"requests_per_hour": 0}),
    ):
        assert control.http.post(f"/servicenow/{path}", json=body).status_code == 400
