"""The end of the pipe is the end of the launcher."""

import os
import runpy
import signal
import socketserver
import sys
import threading
from typing import Any

import pytest

from infra.local import launcher


def test__starter_gone__acts() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"whatever is written is no end")
    os.close(theirs)
    calls: list[str] = []

    launcher.await_end_of(ours, lambda: calls.append("killed"))

    os.close(ours)
    assert calls == ["killed"]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(os, "killpg", lambda group, number: calls.append((group, number)))
    monkeypatch.setattr(os, "_exit", calls.append)
    return calls


def test__leads_its_group__kills_all_of_it(
    monkeypatch: pytest.MonkeyPatch, killed: list[Any]
) -> None:
    monkeypatch.setattr(os, "getpgrp", os.getpid)

    launcher.kill_own_group()

    assert killed == [(os.getpid(), signal.SIGKILL), 1]


def test__somebody_elses_group__ends_alone(
    monkeypatch: pytest.MonkeyPatch, killed: list[Any]
) -> None:
    monkeypatch.setattr(os, "getpgrp", lambda: os.getpid() + 1)

    launcher.kill_own_group()

    assert killed == [1]


def test__main__runs_ministack_without_nagle_and_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []
    killed = threading.Event()
    reading, writing = os.pipe()

    def run(name: str, **_: str) -> None:
        ran.extend([name, *sys.argv])
        os.close(writing)
        assert killed.wait(5)

    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "argv", ["something", "else"])
        monkeypatch.setattr(socketserver.StreamRequestHandler, "disable_nagle_algorithm", False)
        monkeypatch.setattr(runpy, "run_module", run)
        monkeypatch.setattr(launcher, "kill_own_group", killed.set)

        launcher.main()

    assert ran == ["ministack", "ministack"]
    assert socketserver.StreamRequestHandler.disable_nagle_algorithm
