from typing import Any

import pytest

from tests.fakes.front import Front

STATUS = "/api/v1/tasks/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001/status/"


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "breakwater/submit"},
        {"scope": "openid breakwater/submit profile"},
        {"cognito:groups": "[submit]"},
        {"cognito:groups": "[others submit]"},
        {"cognito:groups": ["others", "submit"]},
        {"cognito:groups": "[submit operate]"},
        {"cognito:groups": "[operate]"},
        {"scope": "breakwater/operate"},
    ],
)
def test__submit__granted_by_scope_or_group__may_post(front: Front, claims: dict[str, Any]) -> None:
    assert front.post(claims={"sub": "user-1", **claims}).status == 202


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"scope": ""},
        {"scope": None},
        {"scope": "submit operate"},
        {"scope": "other/submit"},
        {"scope": "other/breakwater/submit"},
        {"scope": "breakwater/submit/x breakwater/"},
        {"scope": "BREAKWATER/SUBMIT"},
        {"cognito:groups": "[]"},
        {"cognito:groups": "[submitters nosubmit]"},
        {"cognito:groups": "[others,submit [submit]]"},
        {"cognito:groups": "[breakwater/submit]"},
        {"cognito:groups": ["breakwater/submit", ["submit"]]},
        {"cognito:groups": {"submit": True}},
    ],
)
@pytest.mark.parametrize("route", ["post", "get"])
def test__submit__not_granted__is_403(front: Front, claims: dict[str, Any], route: str) -> None:
    named = {"sub": "user-1", **claims}
    answer = front.post(claims=named) if route == "post" else front.get(STATUS, claims=named)

    assert answer.status == 403
    assert "'submit'" in answer.json["detail"]
    assert front.store.tasks == {}


@pytest.mark.parametrize(
    "claims",
    [
        None,
        {},
        {"scope": "breakwater/submit"},
        {"sub": "", "scope": "breakwater/submit"},
        {"sub": None, "scope": "breakwater/submit"},
        {"sub": 7, "scope": "breakwater/submit"},
        {"sub": "u" * 256, "scope": "breakwater/submit"},
    ],
)
@pytest.mark.parametrize("route", ["post", "get"])
def test__token__names_nobody__is_401(
    front: Front, claims: dict[str, Any] | None, route: str
) -> None:
    answer = front.post(claims=claims) if route == "post" else front.get(STATUS, claims=claims)

    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test__body__wrong_and_caller_without_right__is_403_and_tells_nothing_of_it(
    front: Front,
) -> None:
    answer = front.post({"wrong": 1}, claims={"sub": "user-1"})

    assert answer.status == 403
    assert "errors" not in answer.json
