"""How tests ask the API's function: as the gateway does, with what clients send."""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.events import DEPLOYMENTS, SUBMITTER, json_event
from tests.functions.lambdas import Context, LambdaHandler


def ask(api: LambdaHandler, event: dict[str, Any]) -> tuple[int, Any]:
    """Return the status and the document of an answer, which is one that the gateway takes."""
    answer = api(event, Context())
    assert json.loads(json.dumps(answer)) == answer
    return answer["statusCode"], json.loads(answer["body"])


def get(api: LambdaHandler, path: str, *, claims: Mapping[str, Any] = SUBMITTER) -> tuple[int, Any]:
    return ask(api, json_event("GET", path, claims=claims))


def post(
    api: LambdaHandler,
    path: str,
    body: Any = None,
    *,
    claims: Mapping[str, Any] = SUBMITTER,
    **headers: str,
) -> tuple[int, Any]:
    """Post, without a body where there is none."""
    text = None if body is None else json.dumps(body)
    return ask(api, json_event("POST", path, text, claims=claims, **headers))


def accepted(api: LambdaHandler, path: str, body: Any = None, **options: Any) -> str:
    """Post what is accepted, and return its task's id."""
    status, document = post(api, path, body, **options)
    assert status == 202, document
    return str(document["task_id"])


def deploy(api: LambdaHandler, body: Any) -> str:
    """Have a deployment accepted, and return its task's id."""
    return accepted(api, DEPLOYMENTS, body)
