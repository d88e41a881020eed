"""Upkeep's rounds: made by its schedule each minute, and more often here, to be killed in."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.errors import LocalStackError
from infra.local.stack import LocalStack

SPEED = 20
"""How many times faster than AWS the stage `chaos` is (cdk.json)."""
ROUND_SECONDS = 60 / SPEED
"""The stage's `upkeep_seconds`."""
GRACE_SECONDS = 120 / SPEED + 20
"""How long past its deadline a task may end: two minutes at the stage's speed, and the four tries
of 5 s that a request to AWS may take (adapters/aws.py), which no stage shortens."""


@dataclass
class Rounds:
    """Calls upkeep again and again, whatever came of the last time."""

    stack: LocalStack
    every: float = ROUND_SECONDS
    outcomes: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def going(self) -> Iterator[None]:
        """Make rounds while the body runs."""
        ended = threading.Event()
        thread = threading.Thread(target=self._go, args=(ended,), name="rounds", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _go(self, ended: threading.Event) -> None:
        while not ended.wait(self.every):
            try:
                self.stack.run_upkeep()
            except LocalStackError:
                self.outcomes["failed"] += 1
            except (BotoCoreError, ClientError):
                # The emulator is being restarted.
                self.outcomes["not possible"] += 1
            else:
                self.outcomes["done"] += 1
