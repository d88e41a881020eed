"""What is said of an operation, and the words that many of them share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PUBLIC = "public"
SIGNED_IN = "signed in"
PROBLEM = "Problem"
NOTHING = ""
"""Instead of a schema's name: the answer has no body."""

ACCEPTED_HEADERS = ("Location", "Retry-After")
PROBLEMS: Mapping[int, str] = {
    400: "Not JSON, or not valid: every fault is listed.",
    401: "No token, or not a valid one.",
    403: "The token lacks the right.",
    404: "There is no such thing, or it is not yours.",
    409: "It cannot be done as things stand.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "The Idempotency-Key stands for another request.",
    429: "The gateway's limit, or as many unfinished tasks as a user may have with a service.",
    500: "The request could not be processed.",
    503: "Storage does not answer, or no function is free. Ask again, after Retry-After if given.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: its schema's name among the components, and its own headers."""

    what: str
    schema: str = NOTHING
    headers: Sequence[str] = ()
    """Those that it always has."""
    sometimes: Sequence[str] = ()
    media: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path; `problems` are the errors of its own, 500 and 429 are everybody's."""

    route: str
    id: str
    summary: str
    who: str
    answers: Mapping[int, Answer]
    problems: Sequence[int]
    parameters: Sequence[str] = ()
    """Names among the components' parameters."""
    body: str = NOTHING
    optional_body: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)


READ = (401, 503)
WRITE = (400, 401, 403, 413, 415, 503)
ACCEPT = (*WRITE, 429)
"""Of what becomes a task: its user may have too many."""
ACCEPTED = Answer(what="Accepted.", schema="Accepted", headers=ACCEPTED_HEADERS)
UNCHANGED = Answer(
    what="Unchanged since the ETag that was sent.", headers=("ETag",), sometimes=("Retry-After",)
)
