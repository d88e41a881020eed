"""From a request's bytes to a validated body, every fault listed."""

import base64
import binascii
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from breakwater.api.problems import ApiProblem, Fault
from breakwater.domain.requests import MAX_BODY_BYTES

if TYPE_CHECKING:
    from pydantic import BaseModel

B = TypeVar("B", bound="BaseModel")


def parse(event: Mapping[str, Any]) -> Any:
    """Return the JSON of a request (HTTP API payload 2.0).

    Raises: ApiProblem 413, 415 or 400.
    """
    raw = _raw(event)
    if len(raw) > MAX_BODY_BYTES:
        raise ApiProblem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has {len(raw)} bytes; {MAX_BODY_BYTES} are accepted.",
        )
    media_type = _header(event, "content-type").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiProblem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json, in UTF-8."
        )
    try:
        return json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ApiProblem(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from error


def validate(model: type[B], value: Any, *, at: str = "") -> B:
    """Return `value` as `model`. Raises ApiProblem 400 with every fault, pointing below `at`."""
    from pydantic import ValidationError  # 60 ms that only requests with a body should pay

    try:
        return model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        faults = [
            Fault(pointer=pointer([at, *map(str, fault["loc"])]), detail=fault["msg"])
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise invalid(faults) from error


def invalid(faults: list[Fault]) -> ApiProblem:
    """Return the answer to a request that is well formed and wrong."""
    return ApiProblem(HTTPStatus.BAD_REQUEST, "The request is not valid.", faults=faults)


def pointer(parts: list[str]) -> str:
    """Return the JSON pointer (RFC 6901) of a path."""
    kept = [part for part in parts if part]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in kept)


def _raw(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ApiProblem(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from error


def _header(event: Mapping[str, Any], name: str) -> str:
    return str((event.get("headers") or {}).get(name, ""))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
