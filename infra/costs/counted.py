"""The counted operations, as counted.toml has them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one task, or one more poll of it, takes."""

    flow: str
    states: tuple[str, ...]
    """Entered, in this order: each is a transition."""
    steps: int
    """Invocations by Step Functions."""
    write_units: int
    index_units: int
    read_units: float


_READ: dict[str, Any] = tomllib.loads((Path(__file__).parent / "counted.toml").read_text())
PAYLOADS: Mapping[int, int] = {int(kib): units for kib, units in _READ.pop("payloads").items()}
"""Write units of accepting, by the KiB of a deployment's payload."""
COUNTED: Mapping[str, Counted] = {
    name: Counted(**{**members, "states": tuple(members["states"])})
    for name, members in _READ.items()
}
