"""A TCP server that does, on each connection, exactly what a test scripted, however rude."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType


@dataclass(frozen=True)
class Received:
    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """Return the bytes of an answer; `retry_after="1"` becomes the header `retry-after`."""
    fields = {"content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


class Connection:
    """What a script sees of one accepted connection."""

    def __init__(self, sock: socket.socket, number: int, server: "ScriptedServer") -> None:
        self.sock = sock
        self._number = number
        self._server = server
        self._reader = sock.makefile("rb")

    def receive(self) -> Received:
        """Read one request. Raises EOFError if the client hangs up instead."""
        line = self._reader.readline().decode().split()
        if not line:
            raise EOFError
        headers = {}
        while field := self._reader.readline().decode().strip():
            name, _, value = field.partition(": ")
            headers[name.lower()] = value
        body = self._reader.read(int(headers.get("content-length", "0")))
        received = Received(self._number, line[0], line[1], headers, body)
        self._server.requests.append(received)
        return received

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def trickle(self, data: bytes, every: float = 0.05) -> None:
        """Send a byte at a time until the client has had enough."""
        for byte in data:
            self.send(bytes([byte]))
            if self._server.stopping.wait(every):
                return

    def hang(self) -> None:
        """Say nothing for as long as the test lasts."""
        self._server.stopping.wait(10)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        self._reader.close()
        self.sock.close()


Script = Callable[[Connection], None]


def serve(*answers: bytes) -> Script:
    """Return a script that gives these answers to as many requests, then closes, as announced.

    Unannounced, it would be chance whether the client's next request still goes over it.
    """
    last = answers[-1].replace(b"\r\n", b"\r\nconnection: close\r\n", 1)

    def script(connection: Connection) -> None:
        for data in (*answers[:-1], last):
            connection.receive()
            connection.send(data)

    return script


def reset(connection: Connection) -> None:
    connection.receive()
    connection.reset()


def hang_up(connection: Connection) -> None:
    connection.receive()


def truncate(connection: Connection) -> None:
    connection.receive()
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")


def garbage(connection: Connection) -> None:
    connection.receive()
    connection.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def hang(connection: Connection) -> None:
    connection.receive()
    connection.hang()


def trickle_headers(connection: Connection) -> None:
    connection.receive()
    connection.trickle(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200)


BROKEN = [reset, hang_up, truncate, garbage]
"""Scripts of connections that break once a request is there."""


class Held:
    """A script whose answer is held back: `asked` is set by the request, `proceed` by the test."""

    def __init__(self, data: bytes) -> None:
        self.asked, self.proceed = threading.Event(), threading.Event()
        self._data = data

    def __call__(self, connection: Connection) -> None:
        connection.receive()
        self.asked.set()
        self.proceed.wait(5)
        connection.send(self._data)


class ScriptedServer:
    """Runs one script for each connection, in the order given; further ones are closed at once."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._scripts = scripts
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://localhost:{self.port}/things"

    def __enter__(self) -> "ScriptedServer":
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self.refuse()
        for thread in list(self._threads):
            thread.join(5)

    def refuse(self) -> None:
        """Accept no further connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            number = self.connections
            self._start(partial(self._run, sock, number))

    def _run(self, sock: socket.socket, number: int) -> None:
        sock.settimeout(5)
        # A client that gave up is what many a test is about.
        with contextlib.suppress(OSError, EOFError):
            if self._tls and number <= len(self._scripts):
                sock = self._tls.wrap_socket(sock, server_side=True)
            connection = Connection(sock, number, self)
            with contextlib.closing(connection):
                if number <= len(self._scripts):
                    self._scripts[number - 1](connection)
        sock.close()


Server = Callable[..., ScriptedServer]
"""The fixture `server`: starts one with these scripts."""
