"""The emulator's process: runs MiniStack, and takes everything with it when its starter is gone.

The starter keeps the writing end of this process's standard input open for as long as it lives. The
kernel closes it when the starter ends, however it ends, also by SIGKILL, and that is the signal to
kill the whole process group: MiniStack itself and every Lambda worker that it has spawned. A pipe
works alike on Linux and macOS; a parent-death signal does not.
"""

import os
import runpy
import signal
import socketserver
import sys
import threading
from collections.abc import Callable


def kill_own_group() -> None:
    """Kill this process and all its children, but never a group that somebody else leads."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def await_end_of(descriptor: int, then: Callable[[], None]) -> None:
    """Call `then` once the other end of the pipe is closed."""
    while os.read(descriptor, 1024):
        pass
    then()


def main() -> None:
    """Run MiniStack in this process until the starter is gone."""
    watcher = threading.Thread(
        target=await_end_of, args=(sys.stdin.fileno(), kill_own_group), daemon=True
    )
    watcher.start()
    # MiniStack serves its Lambda runtime API with this class: Nagle's algorithm and the client's
    # delayed acknowledgement would hold every invocation for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")


if __name__ == "__main__":
    main()
