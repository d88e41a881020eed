"""A transport on which an attempt ends when its time is up, whatever the other side does.

httpx's timeouts bound each socket operation, so a server that sends one byte every few seconds, in
its headers or in its body, holds a call for ever. Here the attempt's deadline travels in a context
variable to the place where sockets are used, and every operation gets no more than what is left of
it. Sockets live in real time, so this deadline does too, whatever clock the client was given.

Threads may share a transport: the pool is httpcore's, the deadline belongs to the thread's context.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from breakwater.resilience.deadline import Deadline

MAX_WAIT = 30.0
"""Seconds that a socket operation may take outside of any attempt: nothing waits without limit."""

# Vendors drop idle connections after 5 s (Apache) to 100 s and more, and a frozen function does not
# notice. A POST that is written into a dropped connection is a POST nobody knows the fate of.
KEEPALIVE_SECONDS = 5.0

# A piece that a socket's buffer takes in one go, so that the deadline is looked at between pieces.
_WRITE_PIECE = 16 * 1024

_attempt: ContextVar[Deadline | None] = ContextVar("attempt", default=None)


@contextlib.contextmanager
def bounded_to(seconds: float) -> Iterator[None]:
    """Give this thread's socket operations inside the block `seconds` from now, all together."""
    token = _attempt.set(Deadline.after(seconds, time.monotonic))
    try:
        yield
    finally:
        _attempt.reset(token)


def _left(timeout: float | None, expired: type[httpcore.TimeoutException]) -> float:
    """Return the seconds an operation may take. Raises `expired` if there are none."""
    deadline = _attempt.get()
    left = MAX_WAIT if deadline is None else deadline.remaining
    if left <= 0.0:
        raise expired("the attempt's time is up")
    return left if timeout is None else min(timeout, left)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every operation is bounded by the attempt's deadline."""

    def __init__(
        self, inner: httpcore.NetworkStream, backend: "DeadlineBackend", generation: object
    ) -> None:
        self._inner = inner
        self._backend = backend
        self._generation = generation

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Receive at most `max_bytes`. Raises httpcore.ReadTimeout, ReadError."""
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`. Raises httpcore.WriteTimeout, WriteError."""
        for start in range(0, len(buffer), _WRITE_PIECE):
            piece = buffer[start : start + _WRITE_PIECE]
            self._inner.write(piece, _left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return this connection under TLS. Raises httpcore.ConnectTimeout, ConnectError."""
        left = _left(timeout, httpcore.ConnectTimeout)
        secured = self._inner.start_tls(ssl_context, server_hostname, left)
        return DeadlineStream(secured, self._backend, self._generation)

    def close(self) -> None:
        """Close the socket."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what the inner stream knows; a retired connection looks hung up.

        The pool asks, under its lock, whether an idle connection "is_readable", which means that
        the peer has closed it, and replaces it then. Connections in use are not disturbed.
        """
        if info == "is_readable" and self._generation is not self._backend.generation:
            return True
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections within the attempt's deadline, names and addresses included."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()
        self.generation = object()

    def retire(self) -> None:
        """Have no connection that is open now used for another request."""
        self.generation = object()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers. Raises ConnectTimeout, ConnectError.

        The socket module gives each address the whole timeout; here they share it.
        """
        limit = Deadline.after(_left(timeout, httpcore.ConnectTimeout), time.monotonic)
        generation = self.generation
        failure: Exception = httpcore.ConnectError("the name has no address")
        addresses = _resolve(host, port, limit.remaining)
        for waiting, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            # Not zero, which would mean a socket that does not wait at all.
            share = max(limit.remaining / waiting, 0.001)
            try:
                inner = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(inner, self, generation)
        raise failure


def _resolve(host: str, port: int, timeout: float) -> list[str]:
    """Return the addresses of `host`. Raises httpcore.ConnectTimeout, ConnectError.

    getaddrinfo takes no timeout, and the resolver's own can be minutes: it is asked in a thread
    that is left behind when the time is up, and ends when the resolver does.
    """
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)
        else:
            answer.set_result([str(entry[4][0]) for entry in found])

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        return answer.result(timeout)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout("the name was not resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError("the name cannot be resolved") from error


class _ResponseStream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class DeadlineTransport(httpx.BaseTransport):
    """HTTP/1.1 on kept-alive connections within `bounded_to`. Raises httpcore's exceptions."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._backend = DeadlineBackend()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return once the headers of the answer are there."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        headers = response.headers
        if response.status // 100 == 3:
            # httpx parses it even when told not to follow, and fails if it makes no sense.
            headers = [(name, value) for name, value in headers if name.lower() != b"location"]
        return httpx.Response(
            status_code=response.status,
            headers=headers,
            stream=_ResponseStream(response),
            # A login that is bound to its connection must know the connection's certificate.
            extensions={"network_stream": response.extensions["network_stream"]},
        )

    def retire_connections(self) -> None:
        """Have the next request to any host open a new connection."""
        self._backend.retire()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
