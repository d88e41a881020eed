"""Puts the description together: operations, schemas, and each connector's own payload."""

from collections.abc import Mapping
from typing import Any

from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.deployments import PayloadModels
from breakwater.api.openapi.conversations import conversation_schemas
from breakwater.api.openapi.healing import HEALING_SCHEMAS
from breakwater.api.openapi.intents import intent_schemas
from breakwater.api.openapi.models import modelled
from breakwater.api.openapi.operation import NOTHING, PUBLIC, Operation
from breakwater.api.openapi.operations import OPERATIONS
from breakwater.api.openapi.parameters import PARAMETERS
from breakwater.api.openapi.responses import headers, responses
from breakwater.api.openapi.schemas import SCHEMAS, UUID, closed, ref
from breakwater.domain.attempts import OnOpenCircuit

JSON = "application/json"


def document(models: PayloadModels, deadlines: DeadlineBounds) -> dict[str, Any]:
    """Return the OpenAPI document for the configured services' payload models."""
    deadline = {
        "type": "integer",
        "minimum": deadlines.least,
        "maximum": deadlines.most,
        "default": deadlines.default,
    }
    schemas = {**SCHEMAS, **HEALING_SCHEMAS}
    for service, model in sorted(models.items()):
        schemas |= modelled(f"{service.capitalize()}Payload", model(), service.capitalize())
    schemas |= {_deployment_of(service): _form(service, deadline) for service in sorted(models)}
    schemas["Deployment"] = _one_of(sorted(models))
    schemas |= conversation_schemas(deadline)
    schemas |= intent_schemas(sorted(models))
    schemas["Sync"] = schemas["RiskScore"] = closed({}, {"deadline_seconds": deadline})
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        method, _, path = operation.route.partition(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Breakwater",
            "version": "1",
            "description": "Accepts long-running endpoint-management operations, and runs them.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": PARAMETERS,
            "headers": headers(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _deployment_of(service: str) -> str:
    return f"{service.capitalize()}Deployment"


def _form(service: str, deadline: Mapping[str, Any]) -> dict[str, Any]:
    words = [word.value for word in OnOpenCircuit]
    return {
        "type": "object",
        "properties": {
            "connector_type": {"const": service},
            "payload": ref(f"{service.capitalize()}Payload"),
            "deadline_seconds": dict(deadline),
            "on_open_circuit": {"enum": words, "default": OnOpenCircuit.WAIT.value},
            "change": ref("Change"),
            "intent_id": UUID,
        },
        "required": ["connector_type", "payload"],
        "additionalProperties": False,
    }


def _one_of(services: list[str]) -> dict[str, Any]:
    names = {service: ref(_deployment_of(service)) for service in services}
    return {
        "oneOf": list(names.values()),
        "discriminator": {
            "propertyName": "connector_type",
            "mapping": {service: name["$ref"] for service, name in names.items()},
        },
    }


def _operation(operation: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in operation.parameters],
        "responses": responses(operation),
        "security": [] if operation.who == PUBLIC else [{"token": []}],
        "description": f"For: {operation.who}.",
    }
    if operation.body != NOTHING:
        content = {"schema": ref(operation.body), "examples": _examples(operation, schemas)}
        needed = not operation.optional_body
        described["requestBody"] = {"required": needed, "content": {JSON: content}}
    return described


def _examples(operation: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operation's own example, or one for each connector from its payload's."""
    if operation.example or "oneOf" not in schemas[operation.body]:
        return {operation.id: {"value": dict(operation.example)}}
    found = {}
    for reference in schemas[operation.body].get("oneOf", []):
        form = schemas[reference["$ref"].rpartition("/")[2]]["properties"]
        service = form["connector_type"]["const"]
        payload = schemas[form["payload"]["$ref"].rpartition("/")[2]]
        for number, example in enumerate(payload.get("examples", []), 1):
            value = {"connector_type": service, "payload": example}
            found[f"{service}-{number}"] = {"value": value}
    return found
