"""Worlds as bytes: to go on from one in several ways, and to see whether two are the same."""

import io
import pickle
from typing import Any

from breakwater.resilience.circuit import BreakerSettings, Circuit
from breakwater.resilience.intent import Change
from tests.proofs.schedules_cast import Calling
from tests.proofs.schedules_scene import World
from tests.proofs.schedules_stores import Request


class _Freezer(pickle.Pickler):
    """Leaves out what never changes: that is kept once, and stands in the bytes by its number."""

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Circuit | Calling | Change | Request | BreakerSettings):
            return NotImplemented
        # The last three come from few places, always the same ones; circuits are equal more often.
        key = value if isinstance(value, Circuit | Calling) else id(value)
        if key not in _numbers:
            _numbers[key] = len(_kept)
            _kept.append(value)
        return _kept_at, (_numbers[key],)


_kept: list[Any] = []
_numbers: dict[Any, int] = {}


def _kept_at(number: int) -> Any:
    return _kept[number]


def frozen(world: World) -> bytes:
    """Return a world as bytes, the same for equal ones."""
    buffer = io.BytesIO()
    freezer = _Freezer(buffer, pickle.HIGHEST_PROTOCOL)
    # By value: two that are equal must not differ in what they share.
    freezer.fast = True
    freezer.dump(world)
    return buffer.getvalue()


def thawed(ice: bytes) -> World:
    world: World = pickle.loads(ice)  # noqa: S301 - our own
    return world
