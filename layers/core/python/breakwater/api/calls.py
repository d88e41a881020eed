"""One request as a route sees it, and the answers that routes give."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from breakwater.api.bodies import invalid, parse
from breakwater.api.callers import Caller
from breakwater.api.problems import Fault

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
"""What a key may be: visible ASCII without blanks, as draft-ietf-httpapi-idempotency-key has it."""

Answer = Response[str]


@dataclass
class Call:
    """A request: API Gateway's HTTP API, payload 2.0.

    Its answer carries `correlation_id`; a route that answers for an earlier request changes it.
    """

    event: Mapping[str, Any]
    correlation_id: str

    def caller(self) -> Caller:
        """Return who asks. Raises ApiProblem 401."""
        context = self.event.get("requestContext", {})
        return Caller.from_claims(context.get("authorizer", {}).get("jwt", {}).get("claims", {}))

    def caller_with(self, right: str) -> Caller:
        """Return who asks, if they have `right`. Raises ApiProblem 401 or 403."""
        caller = self.caller()
        caller.require(right)
        return caller

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case."""
        value: str | None = (self.event.get("headers") or {}).get(name)
        return value

    def holds(self, etag: str) -> bool:
        """Say whether the caller has what `etag` names already.

        Tags are compared as RFC 9110, section 13.1.2, asks: weakly, against each of the list.
        """
        tags = {tag.strip().removeprefix("W/") for tag in _tags(self.header("if-none-match"))}
        return etag in tags or "*" in tags

    @property
    def query(self) -> Mapping[str, str]:
        """Return the query's parameters; the gateway joins repeated ones with commas."""
        return self.event.get("queryStringParameters") or {}

    def json(self) -> Any:
        """Return the body. Raises ApiProblem 413, 415 or 400."""
        return parse(self.event)

    def json_if_any(self) -> Any:
        """Return the body, or an empty object where there is none."""
        return parse(self.event) if self.event.get("body") else {}

    @property
    def idempotency_key(self) -> str | None:
        """Return the Idempotency-Key, if there is one. Raises ApiProblem 400."""
        key = self.header("idempotency-key")
        if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
            raise invalid(
                [
                    Fault(
                        "Idempotency-Key",
                        "expected 1 to 255 visible ASCII characters without blanks",
                    )
                ]
            )
        return key


class Route(NamedTuple):
    """A method and path, and what answers it: called with the Call and the path's parameters."""

    method: str
    path: str
    handler: Callable[..., Answer]


def unchanged(headers: Mapping[str, str]) -> Answer:
    """Return a 304, which says what the 200 would have said of itself."""
    return Response(HTTPStatus.NOT_MODIFIED.value, None, "", dict(headers))


def answer(status: HTTPStatus, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """Return a JSON document as an answer."""
    return Response(status.value, "application/json", json.dumps(body), dict(headers))


def _tags(if_none_match: str | None) -> list[str]:
    return (if_none_match or "").split(",")
