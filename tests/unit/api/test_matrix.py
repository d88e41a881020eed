"""The matrix against the function: what the gateway would let through by mistake is refused too."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from breakwater.api.callers import OPERATE, SUBMIT
from breakwater.api.openapi.operation import PUBLIC
from breakwater.api.openapi.operations import OPERATIONS
from infra import routes
from tests.access.matrix import CALLERS, MATRIX, Reply, fault
from tests.fakes.events import http_event
from tests.fakes.front import Front

CLAIMS: Mapping[str, Mapping[str, Any] | None] = {
    "anonymous": None,
    "bad_token": {"cognito:groups": "[submit operate]"},  # names nobody
    "nobody": {"sub": "bystander"},
    "owner": {"sub": "user-1", "cognito:groups": "[submit]"},
    "other": {"sub": "user-2", "scope": "breakwater/submit"},
    "operate": {"sub": "operator-1", "cognito:groups": "[operate]"},
}
WHO = {operation.route: operation.who for operation in OPERATIONS}
ROUTES = (*routes.SIGNED_IN, *routes.PUBLIC)
OWNED = [route for route, row in MATRIX.items() if row.expected("other") == (404,)]


class Asker:
    def __init__(self, front: Front) -> None:
        self._front = front

    def __call__(
        self,
        caller: str,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        event = http_event(
            method,
            f"/api/v1{path}",
            body=None if body is None else json.dumps(body),
            headers={"content-type": "application/json"},
            claims=CLAIMS[caller],
            query=query,
        )
        answer = self._front.send(event)
        is_json = answer.headers["content-type"].endswith("json")
        return Reply(answer.status, answer.text, answer.json if is_json else None)


def test__matrix__has_a_row_for_each_route_and_no_other() -> None:
    assert MATRIX.keys() == set(ROUTES)
    assert all(len(row.cells) == len(CALLERS) for row in MATRIX.values())


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", MATRIX)
def test__route__answers_each_caller_as_the_matrix_says(
    front: Front, route: str, caller: str
) -> None:
    assert fault(route, caller, Asker(front)) is None


@pytest.mark.parametrize("route", OWNED)
def test__route__whose_it_is_comes_before_what_is_wrong_with_the_request(
    front: Front, route: str
) -> None:
    ask = Asker(front)
    method, _, path = route.partition(" ")
    path = path.removeprefix("/api/v1").format(**MATRIX[route].made(ask).names)
    assert ask("other", method, path, {"surplus": 1}, {"surplus": "1"}).status == 404


@pytest.mark.parametrize("route", ROUTES)
def test__description__says_who_may_as_the_matrix_does(route: str) -> None:
    anonymous, _, nobody, owner, _, _ = MATRIX[route].cells
    refused = {PUBLIC: (), SUBMIT: (nobody,), OPERATE: (nobody, owner)}.get(WHO[route], ())
    assert set(refused) <= {403}
    assert (anonymous == 401) == (WHO[route] != PUBLIC)
