"""What comes back, status by status: a route's own answers, its problems, and the gateway's words.

The gateway answers some requests before the function sees them, with a `{"message"}` and without
the function's headers; where both may speak, both are described.
"""

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from breakwater.api.openapi.examples import CORRELATION_ID, EXAMPLES, IN_PATHS, TASK_ID
from breakwater.api.openapi.operation import (
    NOTHING,
    PROBLEM,
    PROBLEMS,
    PUBLIC,
    Answer,
    Operation,
)
from breakwater.api.openapi.parameters import EVERY_ANSWER, HEADERS
from breakwater.api.openapi.schemas import ref
from breakwater.api.problems import ApiProblem, Fault

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
GATEWAY_MESSAGE = "GatewayMessage"
GATEWAYS = {
    401: "Unauthorized",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""What the gateway says. Source: docs.aws.amazon.com/apigateway, "Troubleshooting HTTP APIs"."""
EVERYBODYS = {429, 500, 503}
SOMETIMES = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
FAULTS = {400: [Fault("/payload/group_id", "Field required")]}


def responses(operation: Operation) -> dict[str, Any]:
    """Return every status that an operation can end with."""
    return {
        **{str(status): _answer(answer) for status, answer in operation.answers.items()},
        **{
            str(status): _refusal(status, operation)
            for status in sorted({*operation.problems, *EVERYBODYS})
        },
    }


def headers() -> dict[str, Any]:
    """Return the components: each header as one that is always there, and as one that may be."""
    return {
        **{name: {**header, "required": True} for name, header in HEADERS.items()},
        **{f"{name}-if-any": header for name, header in HEADERS.items()},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": answer.what,
        "headers": {
            **_always([*EVERY_ANSWER, *answer.headers]),
            **_sometimes(answer.sometimes),
        },
    }
    if answer.schema != NOTHING:
        content: dict[str, Any] = {"schema": ref(answer.schema)}
        if answer.schema in EXAMPLES:
            content["example"] = EXAMPLES[answer.schema]
        described["content"] = {answer.media: content}
    return described


def _refusal(status: int, operation: Operation) -> dict[str, Any]:
    """Return an error as whoever makes it words it."""
    ours = status in {*operation.problems, 500}
    content: dict[str, Any] = {}
    if ours:
        example = _problem(status, operation)
        content[PROBLEM_JSON] = {"schema": ref(PROBLEM), "example": example}
    if by_gateway := _is_gateways(status, operation):
        example = {"message": GATEWAYS[status]}
        content[JSON] = {"schema": ref(GATEWAY_MESSAGE), "example": example}
    everywhere = (_sometimes if by_gateway else _always)(EVERY_ANSWER)
    return {
        "description": PROBLEMS[status],
        "headers": {**everywhere, **_sometimes(SOMETIMES.get(status, ()))},
        "content": content,
    }


def _is_gateways(status: int, operation: Operation) -> bool:
    if status == 401:
        return operation.who != PUBLIC
    return status in GATEWAYS


def _problem(status: int, operation: Operation) -> Any:
    """Return a problem document as the function would write it."""
    problem = ApiProblem(HTTPStatus(status), PROBLEMS[status], faults=FAULTS.get(status, []))
    path = operation.route.partition(" ")[2]
    instance = re.sub(r"{(\w+)}", lambda name: IN_PATHS.get(name[1], TASK_ID), path)
    return json.loads(problem.body(instance=instance, correlation_id=CORRELATION_ID))


def _always(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _sometimes(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}-if-any"} for name in names}
