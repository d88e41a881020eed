"""What a vendor's module hands to the shared mechanism."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.standins.ledger import Clock, Effects


@dataclass(frozen=True)
class Vendor:
    """One vendor: its HTTP surface, its control routes, and how to start afresh.

    `app` is served under `/{name}`, `control` under `/_control/{name}`; `error_body` is the
    document that this vendor sends with an error status. `settings` gives the connector's settings
    for a stand-in at a base URL, and `secret` what opens it: nothing else in the world.
    """

    name: str
    app: ASGIApp
    control: Sequence[Route]
    error_body: Callable[[int], object]
    reset: Callable[[], None]
    settings: Callable[[str], Mapping[str, Any]]
    secret: Mapping[str, str]


Build = Callable[[Clock, Effects], Vendor]
"""Builds a vendor with fresh state; it counts its effects under its own name."""
