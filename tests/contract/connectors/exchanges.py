"""What vendors and connectors may say to each other, and a watch that holds both sides to it.

Each vendor's `schema.py` lists its calls, written from the vendor's contract and from neither side
of this repository. Only what a vendor itself answers is looked at: an answer that a fault made up
is no vendor's.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.datastructures import Headers
from starlette.types import Scope

from infra.local.standins.wire import Answer


class Closed(BaseModel):
    """A document whose fields are all known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Open(BaseModel):
    """A document that a vendor may add to: what we rely on is there, in its type."""

    model_config = ConfigDict(extra="allow", strict=True)


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NOTHING = "nothing"
"""Instead of a media type: there is no body."""


@dataclass(frozen=True)
class Body:
    """What a body must be: of a media type, and valid as `model` (of JSON or of a form's fields).

    A body of another type than these two is not looked into.
    """

    media_type: str = NOTHING
    model: Any = None

    def faults(self, headers: Headers, body: bytes) -> list[str]:
        """Return what is wrong with a body."""
        if self.media_type == NOTHING:
            return ["a body where none belongs"] if body else []
        given = headers.get("content-type", "").partition(";")[0].strip()
        if given != self.media_type:
            return [f"the type is {given or 'missing'}, not {self.media_type}"]
        if self.model is None:
            return []
        return _invalid(self.model, body if given == JSON else dict(_pairs(body.decode())))


@dataclass(frozen=True)
class Call:
    """One call of a contract: `path` is a pattern for all of the path, below the vendor's root."""

    method: str
    path: str
    answers: Mapping[int, Body]
    """By status; every status that the contract names."""
    request: Body = field(default_factory=Body)
    query: Any = None
    """A model of the query; None: there is none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Patterns of headers that must be there, by lower-case name."""


@dataclass(frozen=True)
class Api:
    """What the calls of an API have in common: the headers that they bring, and their refusals."""

    headers: Mapping[str, str]
    refused: Mapping[int, Body]

    def __call__(
        self,
        method: str,
        path: str,
        answers: Mapping[int, Any],
        *,
        sends: Any = None,
        query: Any = None,
    ) -> Call:
        """Return a call; models are of JSON, None is no body, and a Body is what it says."""
        told = {status: _body(answer) for status, answer in answers.items()}
        return Call(method, path, {**self.refused, **told}, _body(sends), query, self.headers)


def _body(told: Any) -> Body:
    if isinstance(told, Body):
        return told
    return Body() if told is None else Body(JSON, told)


class Exchanges:
    """Watch that collects what fits no schema."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: set[tuple[str, str, str, int]] = set()
        """(vendor, method, path pattern, status): what the tests have really exercised."""

    def __call__(self, vendor: str, scope: Scope, body: bytes, answer: Answer) -> None:
        """Hold one exchange against the vendor's schema."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        where = f"{vendor}: {scope['method']} {path} -> {answer.status}"
        for call in calls_of(vendor):
            if call.method == scope["method"] and re.fullmatch(call.path, path):
                self.seen.add((vendor, call.method, call.path, answer.status))
                self.faults += [f"{where}: {one}" for one in _faults(call, scope, body, answer)]
                return
        self.faults.append(f"{where}: no such call in the contract")


def calls_of(vendor: str) -> Sequence[Call]:
    """Return a vendor's calls, in the order in which they are tried."""
    calls: Sequence[Call] = import_module(f"tests.contract.connectors.{vendor}.schema").CALLS
    return calls


def _faults(call: Call, scope: Scope, body: bytes, answer: Answer) -> list[str]:
    sent, received = Headers(scope=scope), Headers(raw=answer.headers)
    query = dict(_pairs(scope["query_string"].decode()))
    found = [f"request: {one}" for one in call.request.faults(sent, body)]
    if call.query is not None:
        found += [f"query: {one}" for one in _invalid(call.query, query)]
    elif query:
        found.append(f"query: none belongs here, not {query}")
    for name, pattern in call.headers.items():
        if not re.fullmatch(pattern, sent.get(name, "")):
            found.append(f"header {name}: does not fit {pattern}")
    if answer.status not in call.answers:
        return [*found, "no such status in the contract"]
    return [
        *found,
        *(f"answer: {one}" for one in call.answers[answer.status].faults(received, answer.body)),
    ]


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _invalid(model: Any, value: bytes | Mapping[str, str]) -> list[str]:
    adapter = TypeAdapter(model)
    check: Callable[[Any], Any] = adapter.validate_python
    if isinstance(value, bytes):
        check = adapter.validate_json
    try:
        check(value)
    except ValidationError as error:
        return [
            f"{'/'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)
        ]
    return []
