import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from breakwater import bootstrap
from tests.fakes.events import OPERATOR, http_event, json_event, override_event, post_event
from tests.fakes.front import BODY

PROMISED_SECONDS = 5.0
HEALTH_SECONDS = 1.5
"""A probe gives up within a second; the rest is for a busy machine."""

STATUS = "/api/v1/tasks/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001/status/"
BREAKERS = "/api/v1/breakers"
SYSTEM = "/api/v1/integrations/servicenow"
CONVERSATIONS = "/api/v1/conversations"
CONVERSATION = f"{CONVERSATIONS}/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
ROUTES: list[Any] = [
    pytest.param(lambda: post_event(BODY), id="post"),
    pytest.param(lambda: post_event(BODY, idempotency_key="k"), id="post with a key"),
    pytest.param(
        lambda: post_event({**BODY, "payload": {**BODY["payload"], "app_id": "x"}}), id="invalid"
    ),
    pytest.param(lambda: json_event("GET", STATUS, claims=OPERATOR), id="status"),
    pytest.param(lambda: http_event("GET", "/api/v1/health"), id="health"),
    pytest.param(lambda: json_event("GET", BREAKERS, claims=OPERATOR), id="breakers"),
    pytest.param(lambda: json_event("GET", f"{BREAKERS}/jamf", claims=OPERATOR), id="breaker"),
    pytest.param(override_event, id="override"),
    pytest.param(lambda: json_event("POST", f"{SYSTEM}/sync", claims=OPERATOR), id="sync"),
    pytest.param(lambda: json_event("GET", f"{SYSTEM}/records", claims=OPERATOR), id="records"),
    pytest.param(
        lambda: http_event("GET", f"{SYSTEM}/records", claims=OPERATOR, query={"cursor": "YQ.YQ"}),
        id="records from a cursor",
    ),
    pytest.param(lambda: json_event("POST", CONVERSATIONS, claims=OPERATOR), id="conversation"),
    pytest.param(lambda: json_event("GET", CONVERSATION, claims=OPERATOR), id="history"),
    pytest.param(
        lambda: json_event(
            "POST", f"{CONVERSATION}/messages", '{"content": "Why?"}', claims=OPERATOR
        ),
        id="message",
    ),
]


def timed(event: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Return the answer of a built function, and the seconds that it took."""
    api = bootstrap.api()
    began = time.monotonic()
    answer = api.handle(event, None)
    return answer, time.monotonic() - began


@pytest.mark.parametrize("route", ROUTES)
def test__no_aws_service_answers__each_route_says_so_in_time(
    unanswered: Callable[..., None], route: Callable[[], dict[str, Any]]
) -> None:
    unanswered()
    answer, seconds = timed(route())

    body = json.loads(answer["body"])
    assert seconds < PROMISED_SECONDS
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    if "errors" not in body:
        assert answer["statusCode"] == 503
        assert int(answer["headers"]["Retry-After"]) > 0


def test__dynamodb_does_not_answer__health_says_so_within_a_second(
    unanswered: Callable[..., None],
) -> None:
    unanswered()
    answer, seconds = timed(http_event("GET", "/api/v1/health"))

    assert answer["statusCode"] == 503
    assert seconds < HEALTH_SECONDS


@pytest.mark.usefixtures("tables")
def test__step_functions_does_not_answer__a_task_is_accepted_in_time(
    unanswered: Callable[..., None],
) -> None:
    unanswered("SFN")
    answer, seconds = timed(post_event(BODY))

    assert answer["statusCode"] == 202
    assert seconds < PROMISED_SECONDS


def test__nothing_listens__each_route_says_so_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    answer, seconds = timed(post_event(BODY))

    assert answer["statusCode"] == 503
    assert seconds < PROMISED_SECONDS
