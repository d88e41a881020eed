"""Reading JSON that must be exactly right, and saying all that is wrong with it."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")


class Strict(BaseModel):
    """Base of every body: no unknown fields, no lenient conversions, never changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class InvalidBodyError(Exception):
    """A body that was refused; `reasons` holds one line for each thing that is wrong."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


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
