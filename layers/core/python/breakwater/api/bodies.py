"""From a request's bytes to a validated body, every fault listed."""

import base64
import json
import math
from collections.abc import Collection, Mapping, Sequence
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
    require_small(len(raw))
    media_type = _header(event, "content-type").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiProblem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json, in UTF-8."
        )
    try:
        # Decoded here: json would guess at UTF-16 and let broken characters pass.
        return json.loads(
            raw.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise _not_json() from error


def require_small(size: int, limit: int = MAX_BODY_BYTES) -> None:
    """Return if `size` bytes are at most `limit`. Raises ApiProblem 413."""
    if size > limit:
        raise ApiProblem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has {size} bytes; {limit} are accepted.",
        )


def validate(model: type[B], value: Any, *, at: str = "") -> B:
    """Return `value` as `model`. Raises ApiProblem 400 with every fault, pointing below `at`."""
    from pydantic import ValidationError  # 60 ms that only requests with a body should pay

    try:
        # Strict: JSON has types of its own, so that "no" is not a boolean, nor is 1.
        return model.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        faults = [
            Fault(pointer=at + pointer(fault["loc"]), detail=fault["msg"])
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise invalid(faults) from error
    except RecursionError as error:  # what was just deep enough to be read
        raise invalid([Fault(at, "nested too deeply")]) from error


def strangers(body: Any, known: Collection[str]) -> list[Fault]:
    """Return a fault for each member that is not `known`. Raises ApiProblem 400: no object."""
    if not isinstance(body, dict):
        raise invalid([Fault("", "expected an object")])
    return [Fault(pointer([name]), "unknown field") for name in sorted(set(body) - set(known))]


def invalid(faults: list[Fault]) -> ApiProblem:
    """Return the answer to a request that is well formed and wrong."""
    return ApiProblem(HTTPStatus.BAD_REQUEST, "The request is not valid.", faults=faults)


def whole(value: Any) -> int | None:
    """Return a whole number, or None: 900.0 is one too, as JSON has no integers."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    return int(value)


def pointer(path: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _raw(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            return base64.b64decode(body, validate=True)
        return str(body).encode()
    except ValueError as error:  # not base64, or half a character
        raise _not_json() from error


def _not_json() -> ApiProblem:
    return ApiProblem(HTTPStatus.BAD_REQUEST, "The body is not JSON.")


def _header(event: Mapping[str, Any], name: str) -> str:
    return str((event.get("headers") or {}).get(name, ""))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """Read a number. Raises ValueError for one like 1e999, which nobody could write back."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
