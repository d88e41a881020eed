"""What Configuration Manager's stand-in lists, takes and refuses."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins import sccm
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client
from tests.contract.standins.sccm_site import (
    ASSIGNMENTS,
    REQUIRED,
    TOKEN_ROUTE,
    assignment,
    log_in,
    refusal,
    rows,
    script,
)

SUMMARY, DETAILS = "SMS_DeploymentSummary", "SMS_AppDeploymentAssetDetails"


@pytest.fixture
def http(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("sccm")) as http:
        log_in(http)
        yield http


def made(control: Control) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.http.get("/sccm/assignments").json()["assignments"]
    return found


@pytest.mark.parametrize(
    ("query", "models"),
    [
        ("?$filter=LocalizedDisplayName%20eq%20'7-zip'", [16777501]),
        ("?%24filter=LocalizedDisplayName eq 'Twins'", [16777504, 16777505]),
        ("?$filter=LocalizedDisplayName eq 'Twins' and ModelID eq 16777505", [16777505]),
        ("?$filter=ModelID eq 16777503 and IsLatest eq false", [16777503, 16777503]),
        ("?$filter=LocalizedDisplayName eq 'It''s nobody'", []),
        ("?$filter=ModelID eq '16777503'", []),
    ],
)
def test__filter__compares_as_the_provider_does(
    http: httpx.Client, query: str, models: list[int]
) -> None:
    assert [row["ModelID"] for row in rows(http, "SMS_Application", query)] == models


@pytest.mark.parametrize(
    "query",
    [
        "?$filter=",
        "?$filter=LocalizedDisplayName eq 7-Zip",
        "?$filter=LocalizedDisplayName eq 'O'Brien'",
        "?$filter=LocalizedDisplayName+eq+'7-Zip'",
        "?$filter=Name eq '7-Zip'",
        "?$filter=CI_ID eq 1 or CI_ID eq 2",
        "?$filter=CI_ID eq 1 and ",
        "?$filter=CI_ID eq 1&$filter=CI_ID eq 2",
        "?filter=CI_ID eq 1",
        "?$select=CI_ID, ModelID",
        "?$select=Name",
        "?$top=1",
        "?api-version=1.0",
    ],
)
def test__query__not_in_the_contract__refused(http: httpx.Client, query: str) -> None:
    assert refusal(http.get(f"{TOKEN_ROUTE}/SMS_Application{query}"))[0] == 400


def test__select__names_the_fields(http: httpx.Client) -> None:
    assert rows(http, "SMS_Site", "?$select=SiteCode") == [{"SiteCode": "PS1"}]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/SMS_Application/", 404),
        ("GET", "/sms_application", 404),
        ("GET", "/SMS_Nothing", 404),
        ("POST", "/SMS_Application", 405),
        ("DELETE", "/SMS_ApplicationAssignment", 405),
    ],
)
def test__other_address__refused(http: httpx.Client, method: str, path: str, status: int) -> None:
    assert refusal(http.request(method, TOKEN_ROUTE + path))[0] == status


def test__assignment__made_counted_and_visible_seconds_later(
    http: httpx.Client, control: Control
) -> None:
    answer = http.post(ASSIGNMENTS, json=assignment())
    entity = answer.json()
    assert answer.status_code == 201
    assert {name: entity[name] for name in REQUIRED} == REQUIRED
    assert (entity["AssignmentID"], entity["AppModelID"]) == (16777217, 16777501)
    assert rows(http, "SMS_ApplicationAssignment") == []
    control.advance(3)
    [row] = rows(http, "SMS_ApplicationAssignment", "?$filter=AssignmentName eq 'Test'")
    assert (row["AssignmentID"], row["AppModelID"], row["AssignedCIs"]) == (
        16777217,
        16777501,
        None,
    )
    assert control.effects()["sccm"]["assignments"] == {
        "made": {sccm.APPLICATION: {sccm.COLLECTION: 1}}
    }


def test__assignment__the_same_twice__made_twice(http: httpx.Client, control: Control) -> None:
    ids = {http.post(ASSIGNMENTS, json=assignment()).json()["AssignmentID"] for _ in range(2)}
    assert len(ids) == len(made(control)) == 2


@pytest.mark.parametrize("name", REQUIRED)
def test__assignment__lacks_a_field__refused(
    http: httpx.Client, control: Control, name: str
) -> None:
    status, message = refusal(http.post(ASSIGNMENTS, json=assignment(**{name: None})))
    assert (status, name in message) == (400, True)
    assert made(control) == []


@pytest.mark.parametrize(
    "change",
    [
        {"Extra": 1},
        {"AssignedCIs": []},
        {"AssignedCIs": [1]},
        {"AssignedCIs": ["16777601"]},
        {"AssignedCIs": [16777606], "ApplicationName": sccm.RETIRED},
        {"ApplicationName": "Another"},
        {"CollectionName": "Another"},
        {"TargetCollectionID": "PS1000AA"},
        {"AssignmentAction": 1},
        {"AssignmentType": 1},
        {"DesiredConfigType": 3},
        {"OfferTypeID": 1},
        {"OfferTypeID": 2},
        {"OfferTypeID": 2, "EnforcementDeadline": None, "DesiredConfigType": 2},
        {"StartTime": "2026-01-01T00:00:00"},
        {"StartTime": "2026-01-03T00:00:00Z"},
        {"UseGMTTimes": False},
        {"SuppressReboot": False},
        {"AssignmentName": ""},
    ],
    ids=str,
)
def test__assignment__wrong_field__refused(
    http: httpx.Client, control: Control, change: dict[str, Any]
) -> None:
    assert refusal(http.post(ASSIGNMENTS, json=assignment(**change)))[0] == 400
    assert made(control) == []


def test__assignment__wrong_type_or_query__refused(http: httpx.Client, control: Control) -> None:
    text = {"content-type": "text/plain"}
    assert refusal(http.post(ASSIGNMENTS, content=b"{}", headers=text))[0] == 415
    assert (
        refusal(http.post(ASSIGNMENTS, content=b"{", headers={"content-type": "application/json"}))[
            0
        ]
        == 400
    )
    assert refusal(http.post(f"{ASSIGNMENTS}?$select=CI_ID", json=assignment()))[0] == 400
    assert made(control) == []


@pytest.mark.parametrize(("answer", "count"), [("doubted", 1), ("refused", 0)])
def test__assignment__error_under_a_200(
    http: httpx.Client, control: Control, answer: str, count: int
) -> None:
    script(control, "/settings", post_answer=answer)
    assert refusal(http.post(ASSIGNMENTS, json=assignment()))[0] == 200
    assert len(made(control)) == count


@pytest.mark.parametrize(
    ("shown", "model", "cis"),
    [
        ("model", 16777501, None),
        ("cis", None, [16777601]),
        ("both", 16777501, [16777601]),
        ("none", None, None),
    ],
)
def test__list__shows_the_ids_that_it_was_told_to(
    http: httpx.Client, control: Control, shown: str, model: int | None, cis: list[int] | None
) -> None:
    script(control, "/settings", ids_listed=shown, visibility_lag_seconds=0)
    http.post(ASSIGNMENTS, json=assignment())
    [row] = rows(http, "SMS_ApplicationAssignment")
    assert (row["AppModelID"], row["AssignedCIs"]) == (model, cis)


def test__progress__lags_and_moves_with_each_summary(http: httpx.Client, control: Control) -> None:
    script(
        control,
        "/applications",
        model_id=16777501,
        rollout=[["unknown", "in_progress"], ["error", "requirements_not_met", "success"]],
    )
    http.post(ASSIGNMENTS, json=assignment())
    control.advance(7)
    assert rows(http, SUMMARY) == []
    control.advance(1)
    numbers = [rows(http, SUMMARY, "?$filter=AssignmentID eq 16777217")[0] for _ in range(3)]
    assert [one["NumberTargeted"] for one in numbers] == [2, 3, 3]
    assert [one["NumberErrors"] for one in numbers] == [0, 1, 1]
    assert (numbers[0]["NumberUnknown"], numbers[0]["NumberInProgress"]) == (1, 1)
    assert (numbers[1]["NumberOther"], numbers[1]["NumberSuccess"]) == (1, 1)
    failed = rows(http, DETAILS, "?$filter=AssignmentID eq 16777217 and AppStatusType eq 5")
    assert [one["MachineName"] for one in failed] == ["STANDIN-001"]


def test__reset__forgets_assignments_scripts_and_tokens(
    http: httpx.Client, control: Control
) -> None:
    http.post(ASSIGNMENTS, json=assignment())
    script(control, "/applications", model_id=1, name="New", revisions=[2])
    control.reset()
    assert made(control) == []
    assert http.get(ASSIGNMENTS).status_code == 401
    log_in(http)
    assert rows(http, "SMS_Application", "?$filter=ModelID eq 1") == []
