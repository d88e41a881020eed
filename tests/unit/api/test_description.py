"""The description is complete: each status, header, error and example, and none that is wrong."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from breakwater.api.openapi.document import document
from breakwater.api.openapi.operation import PUBLIC, Operation
from breakwater.api.openapi.operations import OPERATIONS
from breakwater.registry import PAYLOADS
from infra import docs
from tests.fakes.front import DEADLINES

DESCRIBED = document(PAYLOADS, DEADLINES)
BY_NAME = {operation.id: operation for operation in OPERATIONS}


def valid(value: Any, schema: Any) -> bool:
    """Hold a value against a schema of the document, formats included."""
    whole = {"components": DESCRIBED["components"], **schema}
    return bool(jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(value))


def described(operation: Operation) -> dict[str, Any]:
    method, _, path = operation.route.partition(" ")
    found: dict[str, Any] = DESCRIBED["paths"][path][method.lower()]
    return found


def contents(operation: Operation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for status, answer in described(operation)["responses"].items():
        for media, content in answer.get("content", {}).items():
            yield status, media, content


def header(name: str, headers: dict[str, Any]) -> dict[str, Any]:
    key = headers[name]["$ref"].rpartition("/")[2]
    found: dict[str, Any] = DESCRIBED["components"]["headers"][key]
    return found


def test__committed_copy__is_what_is_served_by_default() -> None:
    assert docs.OPENAPI.read_text() == docs.openapi(), "run `make docs`"


@pytest.mark.parametrize("name", BY_NAME)
def test__answer__has_an_example_that_is_valid(name: str) -> None:
    for status, media, content in contents(BY_NAME[name]):
        assert "example" in content, (name, status, media)
        assert valid(content["example"], content["schema"]), (name, status, media)


@pytest.mark.parametrize("name", BY_NAME)
def test__body__has_examples_that_are_valid(name: str) -> None:
    operation = BY_NAME[name]
    body = described(operation).get("requestBody")
    if body is None:
        assert operation.body == ""
        return
    (content,) = body["content"].values()
    assert content["examples"]
    for example in content["examples"].values():
        assert valid(example["value"], content["schema"]), example


@pytest.mark.parametrize("name", BY_NAME)
def test__errors__are_told_in_the_words_of_whoever_makes_them(name: str) -> None:
    operation = BY_NAME[name]
    answers = described(operation)["responses"]
    media = {int(status): set(answers[status].get("content", {})) for status in answers}

    ours, gateways = "application/problem+json", "application/json"
    accepts = name in {"deploy", "sync", "ask", "scoreIntent", "retry", "retryMany"}
    assert media[429] == ({ours, gateways} if accepts else {gateways})
    assert "Retry-After" in answers["429"]["headers"]
    assert media[500] == {ours, gateways}
    assert media[503] >= {gateways}
    assert (401 in media) == (operation.who != PUBLIC)
    if operation.who != PUBLIC:
        assert media[401] == {ours, gateways}
    if operation.body:
        assert media.keys() >= {400, 413, 415}
        assert media[400] == media[415] == {ours}
    if 404 in media:
        assert media[404] == {ours}


@pytest.mark.parametrize("name", BY_NAME)
def test__headers__of_each_answer_are_described_and_those_of_the_function_required(
    name: str,
) -> None:
    for status, answer in described(BY_NAME[name])["responses"].items():
        headers = answer["headers"]
        gateways = int(status) >= 400 and "application/json" in answer["content"]
        for each in ("X-Correlation-ID", "Cache-Control", "Strict-Transport-Security"):
            assert header(each, headers).get("required", False) is not gateways, (status, each)
        for one in headers:
            assert valid(header(one, headers)["example"], header(one, headers)["schema"])
    success = next(iter(described(BY_NAME[name])["responses"].items()))
    if success[0] == "202":
        assert {"Location", "Retry-After"} <= success[1]["headers"].keys()


def test__503__of_the_function_says_when_to_ask_again() -> None:
    for operation in OPERATIONS:
        if 503 in operation.problems:
            assert "Retry-After" in described(operation)["responses"]["503"]["headers"]


def test__security__is_a_bearer_token_or_nothing() -> None:
    (scheme,) = DESCRIBED["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for operation in OPERATIONS:
        expected: list[dict[str, list[str]]] = [] if operation.who == PUBLIC else [{"token": []}]
        assert described(operation)["security"] == expected
