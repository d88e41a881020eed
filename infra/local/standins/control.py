"""The control surface: arm faults, read counts, skip time, start afresh.

It can do anything to the stand-ins, so it answers to clients on this machine's loopback only.
"""

import ipaddress
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from infra.local.standins.faults import FAULT, Faults
from infra.local.standins.ledger import Clock, Effects, Journal
from infra.local.standins.validation import InvalidBodyError, Strict, parse
from infra.local.standins.vendor import Vendor


class Skip(Strict):
    """How far to move the stand-ins' time."""

    advance_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


SKIP: TypeAdapter[Skip] = TypeAdapter(Skip)


class Control:
    """The handlers of the routes that concern all vendors."""

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        effects: Effects,
        journal: Journal,
        vendors: Sequence[Vendor],
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._effects = effects
        self._journal = journal
        self._vendors = vendors

    def app(self) -> ASGIApp:
        """Build the control application, with each vendor's own routes under its name."""
        routes = [
            Route("/faults", self._arm, methods=["POST"]),
            Route("/faults", self._list_faults, methods=["GET"]),
            Route("/faults", self._disarm, methods=["DELETE"]),
            Route("/effects", self._list_effects, methods=["GET"]),
            Route("/requests", self._list_requests, methods=["GET"]),
            Route("/strikes", self._list_strikes, methods=["GET"]),
            Route("/clock", self._skip, methods=["POST"]),
            Route("/reset", self._reset, methods=["POST"]),
            *(Mount(f"/{vendor.name}", routes=vendor.control) for vendor in self._vendors),
        ]
        app = Starlette(routes=routes, exception_handlers={InvalidBodyError: _refuse})
        return _LoopbackOnly(app)

    async def _arm(self, request: Request) -> Response:
        armed = self._faults.arm(parse(FAULT, await request.body()))
        return JSONResponse(armed.view(), 201)

    async def _list_faults(self, _: Request) -> Response:
        return JSONResponse({"faults": self._faults.listing()})

    async def _disarm(self, _: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def _list_effects(self, _: Request) -> Response:
        return JSONResponse(self._effects.tree())

    async def _list_requests(self, _: Request) -> Response:
        return JSONResponse(self._journal.listing())

    async def _list_strikes(self, _: Request) -> Response:
        return JSONResponse({"strikes": self._journal.strikes()})

    async def _skip(self, request: Request) -> Response:
        self._clock.skip(parse(SKIP, await request.body()).advance_seconds)
        return Response(status_code=204)

    async def _reset(self, _: Request) -> Response:
        self._faults.clear()
        self._effects.clear()
        self._journal.clear()
        for vendor in self._vendors:
            vendor.reset()
        return Response(status_code=204)


class _LoopbackOnly:
    """Refuse whoever does not call from this machine, even if the port is open to others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if ipaddress.ip_address(scope["client"][0]).is_loopback:
            await self._app(scope, receive, send)
        else:
            await JSONResponse({"errors": ["loopback only"]}, 403)(scope, receive, send)


async def _refuse(_: Request, error: Exception) -> Response:
    """Answer 400 with everything that is wrong with a control request."""
    reasons = error.reasons if isinstance(error, InvalidBodyError) else []
    return JSONResponse({"errors": reasons}, 400)
