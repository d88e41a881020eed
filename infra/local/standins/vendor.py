"""What a vendor's module hands to the shared mechanism, and what turns its routes into an app."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from infra.local.standins.ledger import Clock, Effects

Endpoint = Callable[[Request], Awaitable[Response]]


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


def application(
    routes: Sequence[Route], unserved: Callable[[Request, HTTPException], object]
) -> Starlette:
    """Build a vendor's application.

    `unserved` gives the body for a wrong path or method, in the vendor's shape instead of the
    framework's.
    """

    # The framework declares a handler of every exception, and calls it with its own.
    async def refuse(request: Request, error: Any) -> Response:
        return JSONResponse(unserved(request, error), error.status_code)

    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    # The vendor knows one spelling of each address; a redirect would hide a client's mistake.
    app.router.redirect_slashes = False
    return app
