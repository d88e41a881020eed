"""What the description says, held against what there is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from breakwater.api.bodies import validate
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.openapi.document import document
from breakwater.registry import PAYLOADS
from infra.routes import PUBLIC, SIGNED_IN


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(PAYLOADS, DeadlineBounds(default=3600, least=900, most=86_400))


def operations(described: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test__routes__each_is_described_and_nothing_else(described: dict[str, Any]) -> None:
    assert set(operations(described)) == {*SIGNED_IN, *PUBLIC}


def test__security__public_or_by_token(described: dict[str, Any]) -> None:
    public = {name for name, one in operations(described).items() if one["security"] == []}
    assert public == set(PUBLIC)


def test__references__all_lead_somewhere(described: dict[str, Any]) -> None:
    for reference in set(references(described)):
        node: Any = described
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node is not None


def test__parameters__of_the_path_are_described(described: dict[str, Any]) -> None:
    parameters = described["components"]["parameters"]
    for route, operation in operations(described).items():
        named = {
            parameters[one["$ref"].rpartition("/")[2]]["name"] for one in operation["parameters"]
        }
        assert set(re.findall(r"{(\w+)}", route)) <= named


@pytest.mark.parametrize("service", PAYLOADS)
def test__example__of_each_connector__is_a_valid_payload(
    described: dict[str, Any], service: str
) -> None:
    body = operations(described)["POST /api/v1/deployments"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    mine = [one["value"] for name, one in examples.items() if name.startswith(f"{service}-")]
    assert mine
    for example in mine:
        assert example["connector_type"] == service
        assert validate(PAYLOADS[service](), example["payload"])


@pytest.mark.parametrize("service", PAYLOADS)
def test__fields__of_each_payload__are_explained_or_speak_for_themselves(
    described: dict[str, Any], service: str
) -> None:
    payload = described["components"]["schemas"][f"{service.capitalize()}Payload"]
    assert payload["additionalProperties"] is False
    for name, schema in payload["properties"].items():
        words = json.dumps(schema)
        assert "description" in words or "enum" in words or "$ref" in words, name
