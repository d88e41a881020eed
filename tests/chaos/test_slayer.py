"""Who is killed, and who must not be."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.chaos.calls import Call
from tests.chaos.slayer import Slayer, killer_in


def spoken(task: str | None, worker: int, *, writes: bool = True) -> Call:
    return Call(
        service="dynamodb",
        operation="UpdateItem",
        task=task,
        writes=writes,
        intends=False,
        worker=worker,
    )


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    yield process
    process.kill()
    process.wait(5)


def test__worker_of_a_task__is_who_has_last_written_for_it() -> None:
    killed: list[int] = []

    def kill(pid: int) -> bool:
        killed.append(pid)
        return True

    slayer = Slayer(kill)
    for call in (spoken("t", 1), spoken("t", 2), spoken("other", 3), spoken(None, 4)):
        slayer.watch(call)
    slayer.watch(spoken("t", 5, writes=False))

    assert slayer.slay_worker_of("t")
    assert not slayer.slay_worker_of("t")
    assert not slayer.slay_worker_of("unheard of")
    assert killed == [2]


def test__kill__only_in_its_group_and_never_the_leader(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    elsewhere = killer_in(os.getpgrp)
    leads = killer_in(lambda: sleeper.pid)

    assert not elsewhere(sleeper.pid)
    assert not leads(sleeper.pid)
    assert sleeper.poll() is None


def test__kill__who_is_gone__is_none() -> None:
    assert not killer_in(os.getpgrp)(2**22 + 1)


def test__kill__a_child_of_the_group__dies() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert killer_in(os.getpgrp)(child.pid)
    assert child.wait(5) == -9
