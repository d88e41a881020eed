"""The vendor: well, dead, failing in part or slow, and well again."""

from dataclasses import dataclass, field
from random import Random

from tests.benchmarks.simulation.kernel import Kernel


class DeadError(Exception):
    """The service fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong with it, and from when until when. Seconds."""

    begins: float
    ends: float
    share: float = 1.0
    """Of the calls that fail."""
    answers_after: float = 0.05
    """How long a call takes that is struck."""
    fails: bool = True
    """Otherwise a call that is struck is answered, late."""


HEALTHY_SECONDS = 0.2


@dataclass(slots=True)
class Service:
    """Counts who calls, and fails as it is told."""

    kernel: Kernel
    chance: Random
    trouble: Trouble | None
    struck: int = 0
    """Calls that came during the trouble, whatever became of them."""
    first_success: dict[int, float] = field(default_factory=dict)
    """Of each caller, since the trouble ended."""

    def call(self, caller: int) -> None:
        """Answer. Raises DeadError."""
        trouble, arrived = self.trouble, self.kernel.elapsed
        is_troubled = trouble is not None and trouble.begins <= arrived < trouble.ends
        self.struck += is_troubled
        if trouble and is_troubled and self.chance.random() < trouble.share:
            self.kernel.sleep(trouble.answers_after)
            if trouble.fails:
                raise DeadError
        else:
            self.kernel.sleep(HEALTHY_SECONDS)
        if trouble is not None and arrived >= trouble.ends:
            self.first_success.setdefault(caller, arrived)
