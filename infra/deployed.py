"""A stage's stack in an account: what it is called, and what CloudFormation says that it made."""

from collections.abc import Mapping
from typing import Any


def stack_name(stage: str) -> str:
    """Return what a stage's stack is called."""
    return f"breakwater-{stage}"


def outputs_of(described: Mapping[str, Any]) -> dict[str, str]:
    """Return the outputs of a stack, as `describe_stacks` describes it."""
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
