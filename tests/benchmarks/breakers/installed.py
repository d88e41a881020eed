"""The peers that the project does not depend on, in an environment of their own under build/.

A peer that cannot be installed is reported as absent, never as beaten.
"""

import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_connection

from infra.local.ports import free_port

FOLDER = Path("build/peers")
PACKAGES = ("pybreaker==1.4.1", "redis==8.1.0", "fakeredis==2.40.0", "purgatory==3.0.1")
SERVER = """
import sys
from fakeredis import TcpFakeServer
TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis").serve_forever()
"""


def install() -> tuple[str, str | None]:
    """Return where the peers' packages are, and why they are not there if they are not."""
    python = FOLDER / "bin" / "python"
    packages = sysconfig.get_path("purelib", vars={"base": str(FOLDER), "platbase": str(FOLDER)})
    ready = FOLDER / ".ready"
    if ready.exists() and ready.read_text() == " ".join(PACKAGES):
        return str(Path(packages).resolve()), None
    venv.create(FOLDER, with_pip=True, clear=True)
    done = subprocess.run(  # noqa: S603 - our own interpreter and a fixed list
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if done.returncode:
        return packages, done.stderr.strip().splitlines()[-1]
    ready.write_text(" ".join(PACKAGES))
    return str(Path(packages).resolve()), None


@contextmanager
def redis() -> Iterator[str]:
    """Yield the URL of a stand-in for Redis: fakeredis' server, one command at a time."""
    port = free_port()
    server = subprocess.Popen(  # noqa: S603 - our own interpreter and text
        [str(FOLDER / "bin" / "python"), "-c", SERVER, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + 15
        while time.monotonic() < give_up:
            with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        else:
            sys.stderr.write("the stand-in for Redis does not answer\n")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait(10)
