"""Runs the stand-ins, or another application that misbehaves, in a daemon thread.

Each has a loopback port of its own. The socket listens before `serve` returns, so the first request
needs no waiting; leaving the context aborts whatever still hangs, and takes a fraction of a second.
An application finds its connection's transport in the scope.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from infra.local.standins.app import assemble
from infra.local.standins.misbehaviour import Watch, unwatched
from infra.local.standins.vendor import Vendor
from infra.local.standins.wire import TRANSPORT

KEEP_ALIVE_SECONDS = 75
"""Longer than any client's pool keeps a connection: closing idle ones is a fault, not a habit."""


@dataclass(frozen=True)
class StandIns:
    """Where the running stand-ins are."""

    base_url: str
    vendors: Mapping[str, Vendor] = field(default_factory=dict)

    @property
    def control_url(self) -> str:
        """Return the root of the control routes."""
        return f"{self.base_url}/_control"

    def url_of(self, vendor: str) -> str:
        """Return a vendor's root.

        Raises: KeyError for a vendor that has no stand-in.
        """
        if vendor not in self.vendors:
            raise KeyError(vendor)
        return f"{self.base_url}/{vendor}"

    def settings_of(self, vendor: str) -> Mapping[str, Any]:
        """Return the settings that point a vendor's connector here."""
        return self.vendors[vendor].settings(self.url_of(vendor))

    def secret_of(self, vendor: str) -> Mapping[str, str]:
        """Return the credentials that this vendor's stand-in takes."""
        return self.vendors[vendor].secret


@contextmanager
def serve(host: str = "127.0.0.1", port: int = 0, watch: Watch = unwatched) -> Iterator[StandIns]:
    """Serve every vendor until the context ends; port 0 takes a free one.

    `watch` is shown each exchange that a vendor itself has answered.

    Raises: OSError when the port is taken.
    """
    app, vendors = assemble(watch)
    with serving(app, name="standins", host=host, port=port) as url:
        yield StandIns(url, vendors)


@contextmanager
def serving(app: ASGIApp, *, name: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an application in a thread of that name until the context ends; yield its root.

    Raises: OSError when the port is taken.
    """
    config = uvicorn.Config(
        app,
        http=_Connection,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,  # a vendor's clock is its own
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    config.load()
    listener = socket.create_server((host, port))
    server = _Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name=name, daemon=True
    )
    thread.start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    """A server that does not wait for anybody when it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await super().shutdown(sockets)


class _Connection(H11Protocol):
    """A connection whose transport the application can reach, for faults below HTTP."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does this for sockets that it creates itself; without it a head and its body, two
        # writes, are 40 ms apart.
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app = _Reachable(self.app, transport)


class _Reachable:
    """Put the transport into the scope, and end quietly when the server stops."""

    # The server and the framework describe ASGI in types of their own, which do not match.
    def __init__(self, app: Any, transport: asyncio.Transport) -> None:
        self._app = app
        self._transport = transport

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app({**scope, TRANSPORT: self._transport}, receive, send)
        except asyncio.CancelledError:
            # Only `_Server.shutdown` cancels, after it has aborted the connection: there is nobody
            # to answer, and the server would log this as an application's error.
            return
