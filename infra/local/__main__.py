"""`python -m infra.local`: bring the stack up, say how to use it, keep it until Ctrl-C.

Environment: PORT, the port of the emulated AWS (4566, or a free one if that is taken); ONCE=1, run
the main job, print its results and stop; IAM=1, let functions do only what their roles allow. Exit
code: 0 for a stack that was stopped on purpose or a main job that went well, 1 otherwise.
"""

# An interpreter that is too old must get as far as being told so.
from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from infra.local.prerequisites import unmet

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.progress import Progress
    from infra.local.stack import LocalStack

_RENEW_SECONDS = 30 * 60
_GLANCE_SECONDS = 0.5


def main() -> int:
    """Run the stack and return the exit code."""
    if reason := unmet():
        print(f"Cannot run: {reason}", file=sys.stderr)
        return 1
    # Only now: where something is missing, these are what cannot be imported.
    from botocore.exceptions import BotoCoreError, ClientError

    from infra.local.errors import LocalStackError
    from infra.local.progress import Progress
    from infra.local.report import console
    from infra.local.stack import STATE

    # A script's `make run &` starts us with Ctrl-C ignored; who sends it nevertheless means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Under nohup a hang-up is ignored, and stays so.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    progress = Progress(console())
    try:
        return run(STATE, progress)
    except LocalStackError as error:
        progress.console.print(f"Failed: {error}", style="red", markup=False)
        return 1
    except (BotoCoreError, ClientError) as error:
        progress.console.print(f"Failed: the emulated AWS said: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        progress.console.print("Interrupted.")
        return 128 + signal.SIGINT


def run(state: Path, progress: Progress) -> int:
    """Bring the stack up and, as ONCE says, run the main job or wait."""
    from infra.local import report, scenario
    from infra.local.outage import Outage
    from infra.local.stack import local_stack
    from infra.local.stackfile import published

    with (
        local_stack(
            state, port=os.environ.get("PORT"), progress=progress, iam=_is_set("IAM")
        ) as stack,
        published(stack, state) as file,
    ):
        progress.console.print(f"The stack is up after {progress.elapsed:.1f} s.")
        if _is_set("ONCE"):
            with progress.step("Running the main job"):
                results = scenario.run(stack)
            code = report.show_results(results, progress.console)
            with progress.step("Letting a vendor die and recover"):
                seen = Outage(stack).run()
            return max(code, report.show_outage(seen, progress.console))
        report.show_usage(stack, file, progress.console)
        try:
            return keep(stack, file, progress)
        except KeyboardInterrupt:
            progress.console.print("Stopping.")
            return 0


def keep(stack: LocalStack, file: Path, progress: Progress) -> int:
    """Wait until the emulator ends by itself, which it should not, and keep the tokens fresh."""
    from infra.local.stackfile import write

    renew_at = time.monotonic() + _RENEW_SECONDS
    while stack.emulator.is_alive:
        if time.monotonic() >= renew_at:
            stack.renew_tokens()
            write(stack, file)
            renew_at = time.monotonic() + _RENEW_SECONDS
        time.sleep(_GLANCE_SECONDS)
    progress.console.print("The AWS emulator has died. Its last words:", style="red")
    progress.console.print(stack.emulator.tail(), markup=False)
    return 1


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


def _leave(number: int, _: FrameType | None) -> NoReturn:
    """Unwind everything on a signal, as Ctrl-C does."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
