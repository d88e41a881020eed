"""pydantic's models as components of the description."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel


def modelled(name: str, model: "type[BaseModel]", prefix: str) -> dict[str, Any]:
    """Return a model's schema, and those that it refers to, under names of their own."""
    schema = model.model_json_schema(ref_template=f"#/components/schemas/{prefix}{{model}}")
    parts = schema.pop("$defs", {})
    return {name: schema, **{f"{prefix}{part}": one for part, one in parts.items()}}
