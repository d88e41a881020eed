"""Upkeep's rounds: made by its schedule each minute, and more often here, to be killed in."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.errors import LocalStackError
from infra.local.stack import MINUTELY, LocalStack

SPEED = 20
"""How many times faster than AWS the stage `chaos` is (cdk.json)."""
ROUND_SECONDS = 60 / SPEED
"""The stage's `upkeep_seconds`."""
GRACE_SECONDS = 120 / SPEED + 20
"""How long past its deadline a task may end: two minutes at the stage's speed, and the four tries
of 5 s that a request to AWS may take (adapters/aws.py), which no stage shortens."""


@dataclass
class Rounds:
    """Calls upkeep again and again, whatever came of the last time.

    Each part by itself, as its own schedule does: a probe that hangs keeps no sweep waiting.
    """

    stack: LocalStack
    every: float = ROUND_SECONDS
    outcomes: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def going(self) -> Iterator[None]:
        """Make rounds while the body runs."""
        ended = threading.Event()
        threads = [
            threading.Thread(target=self._go, args=(part, ended), name=part, daemon=True)
            for part in MINUTELY
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    def _go(self, part: str, ended: threading.Event) -> None:
        while not ended.wait(self.every):
            self.outcomes[f"{part}: {self._round(part)}"] += 1

    def _round(self, part: str) -> str:
        try:
            self.stack.run_upkeep(part)
        except LocalStackError:
            return "failed"
        except (BotoCoreError, ClientError):
            return "not possible"  # the emulator is being restarted
        return "done"
