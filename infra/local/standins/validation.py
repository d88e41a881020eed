"""Reading bodies that must be exactly right, and saying all that is wrong with them."""

from typing import Self, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.requests import Request

T = TypeVar("T")

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Strict(BaseModel):
    """Base of every body: no unknown fields, no lenient conversions, never changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def changed_by(self, change: Self) -> Self:
        """Return this with the fields that `change` was given."""
        given = {name: getattr(change, name) for name in change.model_fields_set}
        return self.model_copy(update=given)


class InvalidBodyError(Exception):
    """A body that was refused; `reasons` holds one line for each thing that is wrong."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def media_type(request: Request) -> str:
    """Return the type that a body is said to have, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parse(adapter: TypeAdapter[T], raw: bytes) -> T:
    """Read `raw` as JSON of the adapter's type.

    Raises: InvalidBodyError.
    """
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        raise InvalidBodyError(
            [
                f"{'.'.join(str(step) for step in item['loc']) or 'body'}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def parse_form(raw: bytes) -> dict[str, str]:
    """Read `raw` as a form, each of whose fields is there once.

    Raises: InvalidBodyError.
    """
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidBodyError(["a field must not be repeated"])
    return form
