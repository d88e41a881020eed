"""The matrix over the deployed stack: the gateway's part and the function's together."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.local.client import Client
from infra.local.stack import LocalStack
from tests.access.matrix import CALLERS, MATRIX, Ask, Reply, fault

pytestmark = pytest.mark.e2e


@pytest.fixture
def ask(stack: LocalStack, second_submitters_token: str) -> Ask:
    tokens: Mapping[str, str | None] = {
        "anonymous": None,
        "bad_token": "e30.e30.e30",
        "nobody": stack.tokens["none"],
        "owner": stack.tokens["submit"],
        "other": second_submitters_token,
        "operate": stack.tokens["operate"],
    }

    def send(
        caller: str,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = {} if body is None else {"json": body}
        with Client(stack.api_url, tokens[caller]) as client:
            answer = client.request(method, path.removeprefix("/"), params=query, **sent)
        is_json = answer.headers.get("content-type", "").endswith("json")
        return Reply(answer.status_code, answer.text, answer.json() if is_json else None)

    return send


@pytest.mark.parametrize("route", MATRIX)
def test__route__answers_each_caller_as_the_matrix_says(ask: Ask, route: str) -> None:
    assert [fault(route, caller, ask) for caller in CALLERS] == [None] * len(CALLERS)
