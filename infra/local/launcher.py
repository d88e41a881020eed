"""The emulator's process: runs MiniStack, and takes everything with it when its starter is gone.

The starter keeps the writing end of this process's standard input open for as long as it lives. The
kernel closes it when the starter ends, however it ends, also by SIGKILL, and that is the signal to
kill the whole process group: MiniStack itself and every Lambda worker that it has spawned. A pipe
works alike on Linux and macOS; a parent-death signal does not.

Three things that MiniStack does otherwise than AWS can only be put right in its process, and are.
And when it is asked to end, it does so as soon as its state is saved: it would wait for every
execution that still runs, while what these do then is lost.
"""

import importlib
import os
import runpy
import signal
import socketserver
import sys
import threading
from collections.abc import Callable
from typing import Any


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


def narrow_alarms(cloudwatch: Any) -> None:
    """Let an alarm see the metric of its own dimensions, not every metric of that name."""
    evaluate = cloudwatch._evaluate_alarm

    def narrowly(alarm: dict[str, Any]) -> None:
        metrics = cloudwatch._metrics
        own = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm["Dimensions"]))
        cloudwatch._metrics = {key: points for key, points in metrics.items() if key[2] == own}
        try:
            evaluate(alarm)
        finally:
            cloudwatch._metrics = metrics

    cloudwatch._evaluate_alarm = narrowly


def name_throttles(functions: Any) -> None:
    """Let a workflow's step that is throttled fail with the name that AWS gives it."""
    respond = functions._throttle_response

    def named(*args: Any, **kwargs: Any) -> dict[str, Any]:
        response: dict[str, Any] = respond(*args, **kwargs)
        response["body"]["errorType"] = "Lambda.TooManyRequestsException"
        return response

    functions._throttle_response = named


def end_once_saved(app: Any, then: Callable[[], None]) -> None:
    """Call `then` after the state of every service was saved, which is done when it is to end."""
    save = app.save_all

    def save_and_end(services: dict[str, Any]) -> None:
        save(services)
        then()

    app.save_all = save_and_end


def main() -> None:
    """Run MiniStack in this process until the starter is gone."""
    watcher = threading.Thread(
        target=await_end_of, args=(sys.stdin.fileno(), kill_own_group), daemon=True
    )
    watcher.start()
    # MiniStack serves its Lambda runtime API with this class: Nagle's algorithm and the client's
    # delayed acknowledgement would hold every invocation for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    narrow_alarms(importlib.import_module("ministack.services.cloudwatch"))
    name_throttles(importlib.import_module("ministack.services.lambda_svc"))
    end_once_saved(importlib.import_module("ministack.app"), kill_own_group)
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")


if __name__ == "__main__":
    main()
