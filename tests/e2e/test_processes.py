"""Nothing of a stack outlives it: however it is stopped, its emulator and Lambda workers go too."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.client import Client
from infra.local.stack import STATE, LocalStack
from infra.local.synthesis import ROOT

pytestmark = pytest.mark.e2e

START_SECONDS = 40.0
END_SECONDS = 10.0


def processes() -> dict[int, tuple[int, int]]:
    """Return every living process's parent and group. `ps` knows them on every Unix."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    ).stdout
    rows = (line.split() for line in listing.splitlines())
    return {int(pid): (int(ppid), int(pgid)) for pid, ppid, pgid, stat in rows if stat[0] != "Z"}


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@dataclass
class Started:
    """`python -m infra.local` at a terminal of its own, up and with Lambda workers alive."""

    process: "subprocess.Popen[bytes]"
    terminal: int
    group: int
    port: int
    output: str

    def members(self) -> set[int]:
        return {pid for pid, (_, group) in processes().items() if group == self.group}

    def files(self) -> list[Path]:
        return [*STATE.glob(f"run-{self.process.pid}-*"), *STATE.glob(f"stack-{self.port}.json")]


def read_until(terminal: int, text: str) -> str:
    """Return what the terminal shows, once that contains `text`."""
    shown = ""
    give_up = time.monotonic() + START_SECONDS
    while text not in shown:
        assert time.monotonic() < give_up, shown
        shown += os.read(terminal, 65_536).decode()
    return shown


@pytest.fixture
def started(stack: LocalStack) -> Iterator[Started]:
    # Depends on `stack` for the assembly that it has made, and to run beside another stack.
    assert stack.emulator.is_alive
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.local"],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", "COLUMNS": "4000"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_as_a_script_starts_it,
    )
    os.close(theirs)
    try:
        output = read_until(ours, "Ctrl-C stops everything.")
        (api_url,) = re.findall(r"API: (http[^\s\x1b]+)", output)
        # The first request brings a Lambda worker to life.
        httpx.get(f"{api_url}/health", timeout=20, trust_env=False).raise_for_status()
        (group,) = {group for _, (parent, group) in processes().items() if parent == process.pid}
        port = httpx.URL(api_url).port or 0
        yield Started(process, ours, group, port, output)
    finally:
        process.terminate()
        process.wait(END_SECONDS)
        with suppress(OSError):
            os.close(ours)


def _as_a_script_starts_it() -> None:
    """Give it a terminal of its own, as a shell's is, and ignore Ctrl-C, as `make run &` does."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def document_of(started: Started) -> tuple[Path, dict[str, Any]]:
    files = [STATE / "stack.json", STATE / f"stack-{started.port}.json"]
    documents = [(path, json.loads(path.read_text())) for path in files if path.exists()]
    (mine,) = (each for each in documents if each[1]["pid"] == started.process.pid)
    return mine


def test__stopped_by_a_signal__leaves_nothing_of_what_was_there(started: Started) -> None:
    path, document = document_of(started)

    assert path.stat().st_mode & 0o777 == 0o600
    assert set(document["tokens"]) == {"submit", "operate", "none"}
    assert httpx.URL(document["aws_endpoint_url"]).port == started.port
    with Client(document["api_url"], document["tokens"]["none"]) as client:
        assert client.deploy({}).status_code == 403
    assert len(started.members()) >= 2  # the emulator and a worker

    started.process.send_signal(signal.SIGTERM)

    assert started.process.wait(END_SECONDS) == 128 + signal.SIGTERM
    assert started.members() == set()
    assert started.files() == []
    assert not path.exists()


def test__ctrl_c_at_the_terminal__leaves_nothing_and_exits_0(started: Started) -> None:
    os.write(started.terminal, b"\x03")

    assert started.process.wait(END_SECONDS) == 0
    assert started.members() == set()
    assert started.files() == []


def test__terminal_dies__leaves_nothing(started: Started) -> None:
    os.close(started.terminal)

    started.process.wait(END_SECONDS)
    assert eventually(lambda: started.members() == set(), END_SECONDS)
    assert started.files() == []


def test__killed__leaves_no_process(started: Started) -> None:
    started.process.kill()

    assert eventually(lambda: started.members() == set(), END_SECONDS)


def test__emulator_dies__says_so_and_exits_1(started: Started) -> None:
    os.kill(started.group, signal.SIGKILL)

    shown = read_until(started.terminal, "has died")
    assert "The AWS emulator has died" in shown
    assert started.process.wait(END_SECONDS) == 1
    assert started.members() == set()
