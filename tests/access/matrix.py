"""The authorization matrix: for each route and each kind of caller, what comes of it, written out.

A row's cells are in the order of CALLERS. `owner` is who made what the path names; `other` has the
same right and made nothing of it; `operate` is an operator; `nobody` is signed in without a right.
Rows make what they need through the API alone, so that the same matrix is held against the function
over twins and against a deployed stack. A route without a row fails the test of either.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from infra.local.standins import intune

CALLERS = ("anonymous", "bad_token", "nobody", "owner", "other", "operate")
CLOSED = 401, 401


class Reply(NamedTuple):
    """What a caller got."""

    status: int
    text: str
    json: Any


Ask = Callable[..., Reply]
"""`ask(caller, method, path, body=None, query=None)`; paths are below /api/v1, with the slash."""


@dataclass(frozen=True)
class Made:
    """What a row has made: the path's parameters, and texts that are the owner's alone."""

    names: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    private: tuple[str, ...] = ()


def nothing(_: Ask) -> Made:
    return Made()


def a_task(ask: Ask) -> Made:
    accepted = ask("owner", "POST", "/deployments", deployment()).json
    names = {"task_id": accepted["task_id"]}
    return Made(names, {"correlation_id": accepted["correlation_id"]}, (accepted["task_id"],))


def deployment() -> dict[str, Any]:
    """A deployment that succeeds, to a group that nobody else deploys to."""
    payload = {
        "app_id": intune.PUBLISHED_APP,
        "group_id": str(uuid.uuid4()),
        "intent": "required",
    }
    return {"connector_type": "intune", "payload": payload}


def a_conversation(ask: Ask) -> Made:
    begun = ask("owner", "POST", "/conversations", {"title": "of the owner alone"}).json
    names = {"conversation_id": begun["conversation_id"]}
    return Made(names, private=(begun["conversation_id"], "of the owner alone"))


def statement() -> dict[str, Any]:
    """What there is to say of such a deployment."""
    package = {"id": intune.PUBLISHED_APP, "provenance": "vendor", "signature": "verified"}
    return {
        "connector_type": "intune",
        "package": package,
        "targets": {"devices": 40, "ring": "pilot", "criticality": "standard"},
        "privilege": "system",
        "test_evidence": "staging",
        "rollback": "tested",
    }


def an_intent(ask: Ask) -> Made:
    version = "of the owner alone"
    package = {**statement()["package"], "version": version}
    body = {**statement(), "package": package}
    stated = ask("owner", "POST", "/deployment-intents", body).json
    return Made({"intent_id": stated["intent_id"]}, private=(version,))


def unnamed(_: Ask) -> Made:
    return Made({"service": "intune", "system": "servicenow"})


def automatic() -> dict[str, Any]:
    """An override that changes nothing."""
    return {"mode": "automatic", "reason": "matrix"}


@dataclass(frozen=True)
class Row:
    """What each kind of caller gets; where two statuses are given, either."""

    cells: tuple[int | tuple[int, ...], ...]
    body: Callable[[], Any] = lambda: None
    made: Callable[[Ask], Made] = nothing

    def expected(self, caller: str) -> tuple[int, ...]:
        cell = self.cells[CALLERS.index(caller)]
        return (cell,) if isinstance(cell, int) else cell


MATRIX: Mapping[str, Row] = {
    # ............................................ anonymous, bad, nobody, owner, other, operate
    "POST /api/v1/deployments": Row((*CLOSED, 403, 202, 202, 202), deployment),
    "GET /api/v1/tasks": Row((*CLOSED, 403, 200, 200, 200), made=a_task),
    "GET /api/v1/tasks/{task_id}/status": Row((*CLOSED, 403, 200, 404, 200), made=a_task),
    # What has ended meanwhile, or not yet, answers 409: it has passed the door.
    "POST /api/v1/tasks/{task_id}/cancel": Row(
        (*CLOSED, 403, (202, 409), 404, (202, 409)), made=a_task
    ),
    "POST /api/v1/tasks/{task_id}/retry": Row((*CLOSED, 403, 409, 404, 409), made=a_task),
    "POST /api/v1/tasks/{task_id}/resolve": Row(
        (*CLOSED, 403, 403, 403, 409), lambda: {"outcome": "did_not", "reason": "matrix"}, a_task
    ),
    "POST /api/v1/task-retries": Row(
        (*CLOSED, 403, 403, 403, 200), lambda: {"service": "jamf", "dry_run": True}
    ),
    # The task is one, and no run of many retries.
    "GET /api/v1/task-retries/{task_id}": Row((*CLOSED, 403, 403, 403, 404), made=a_task),
    "POST /api/v1/task-retries/{task_id}/cancel": Row((*CLOSED, 403, 403, 403, 404), made=a_task),
    "GET /api/v1/events": Row((*CLOSED, 403, 200, 200, 200), made=a_task),
    # One sync of a system runs at a time: 409 for whoever comes second has passed the door.
    "POST /api/v1/integrations/{system}/sync": Row(
        (*CLOSED, 403, (202, 409), (202, 409), (202, 409)), made=unnamed
    ),
    "GET /api/v1/integrations/{system}/records": Row((*CLOSED, 403, 200, 200, 200), made=unnamed),
    "POST /api/v1/conversations": Row((*CLOSED, 403, 201, 201, 201), lambda: {"title": "mine"}),
    # Also operators read their own alone: what is said is between a user and the provider.
    "GET /api/v1/conversations/{conversation_id}": Row(
        (*CLOSED, 403, 200, 404, 404), made=a_conversation
    ),
    "POST /api/v1/conversations/{conversation_id}/messages": Row(
        (*CLOSED, 403, 202, 404, 404), lambda: {"content": "Which ring first?"}, a_conversation
    ),
    "POST /api/v1/deployment-intents": Row((*CLOSED, 403, 201, 201, 201), statement),
    "GET /api/v1/deployment-intents/{intent_id}": Row(
        (*CLOSED, 403, 200, 404, 200), made=an_intent
    ),
    "POST /api/v1/deployment-intents/{intent_id}/risk-score": Row(
        (*CLOSED, 403, 202, 404, 202), made=an_intent
    ),
    "GET /api/v1/breakers": Row((*CLOSED, 200, 200, 200, 200)),
    "GET /api/v1/breakers/{service}": Row((*CLOSED, 200, 200, 200, 200), made=unnamed),
    "PUT /api/v1/breakers/{service}/override": Row(
        (*CLOSED, 403, 403, 403, 200), automatic, unnamed
    ),
    "GET /api/v1/health": Row((200,) * 6),
    "GET /api/v1/openapi.json": Row((200,) * 6),
    "GET /api/v1/docs": Row((200,) * 6),
}


def fault(route: str, caller: str, ask: Ask) -> str | None:
    """Ask for a route as a caller, and say what of the answer is not as the matrix has it."""
    row = MATRIX[route]
    made = row.made(ask)
    method, _, path = route.removeprefix(" ").partition(" ")
    path = path.removeprefix("/api/v1").format(**made.names)
    # Only the trail is of one correlation id; a list shows everything that is the caller's.
    query = made.query if route == "GET /api/v1/events" else None
    reply = ask(caller, method, path, row.body(), query)
    if reply.status not in row.expected(caller):
        return f"{caller} got {reply.status}: {reply.text}"
    hidden = [text for text in made.private if text not in path]
    if caller not in ("owner", "operate") and any(text in reply.text for text in hidden):
        return f"{caller} got to see what is the owner's: {reply.text}"
    return None
