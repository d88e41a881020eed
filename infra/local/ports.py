"""Which port the emulator listens on: the one that was asked for, the usual one, or a free one."""

import errno
import socket

from infra.local.errors import LocalStackError

DEFAULT_PORT = 4566
_HOST = "127.0.0.1"


def choose_port(asked: str | None) -> int:
    """Return the port to use; `asked` is what the user set, if anything ("0": any free one).

    Raises: LocalStackError if the asked one is taken, is not a port, or may not be used.
    """
    if not asked:
        return DEFAULT_PORT if is_free(DEFAULT_PORT) else free_port()
    if not asked.isascii() or not asked.isdigit() or int(asked) > 65_535:
        raise LocalStackError(f"PORT={asked} is not a port: give a number from 1 to 65535.")
    port = int(asked)
    if port == 0:
        return free_port()
    if not is_free(port):
        raise LocalStackError(
            f"Port {port} is taken by another process. Stop that one, choose another port "
            f"(PORT={port + 1 if port < 65_535 else DEFAULT_PORT}), or leave PORT unset."
        )
    return port


def is_free(port: int) -> bool:
    """Say whether one can listen on `port` of loopback. Raises LocalStackError if not allowed."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        # Some systems let one bind loopback beside a server on all addresses: ask before.
        if probe.connect_ex((_HOST, port)) == 0:
            return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # What a server does: a connection of the last run that is still closing is no hindrance.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, port))
        except PermissionError as error:
            raise LocalStackError(
                f"This user may not listen on port {port}: choose one from 1024 on."
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((_HOST, 0))
        port: int = listener.getsockname()[1]
        return port
