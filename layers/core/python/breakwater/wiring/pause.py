"""Collection rests while a graph is built: what it imports and makes stays, and none is garbage."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")


def uncollected(build: Callable[[], T]) -> Callable[[], T]:
    """Return `build`, run without the cyclic collector: a tenth of a cold start."""

    @wraps(build)
    def built() -> T:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return build()
        finally:
            if was_enabled:
                gc.enable()

    return built
