"""What an end from outside may have left behind at a vendor, and what came of stopping it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from breakwater.domain.attempts import HARD_LIMIT


class Effect(StrEnum):
    """How far a task had got at its vendor when it was ended from outside."""

    NONE = "none"
    """Nothing that changes anything had been sent."""
    IN_DOUBT = "in_doubt"
    """Something was about to be sent, or was sent and not answered: it may have taken effect."""
    ACCEPTED = "accepted"
    """The vendor had accepted it, and may be at work or done."""


class AtVendor(StrEnum):
    """What came of asking the vendor to stop."""

    PENDING = "pending"
    """It is to be asked."""
    STOPPED = "stopped"
    """It has agreed to stop."""
    NOT_POSSIBLE = "not_possible"
    """It cannot stop this, or no longer."""
    NOTHING = "nothing_to_stop"
    """Nothing had reached it."""
    UNKNOWN = "unknown"
    """It cannot tell whether there is anything to stop."""
    FAILED = "failed"
    """It could not be asked, for as long as that was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who has ended a task from outside, and how its vendor stands to that.

    The only part that changes is what the vendor says. The task's end stays as it is.
    """

    by: str | None = None
    """The `sub` of who asked for it; None where upkeep has ended what could not end itself."""
    at: datetime
    effect: Effect
    at_vendor: AtVendor
    failures: int = 0
    """How many tries to ask the vendor have failed."""
    give_up_at: datetime | None = None
    """Until when it is asked; set with the first try."""
    error: Mapping[str, str] | None = None
    """What came of the last try that failed: `{type, message}`."""

    @property
    def over_at(self) -> datetime:
        """When the step that was at work at the end is over, and what it has sent has arrived.

        Until then its vendor may have nothing of it, and get it still.
        """
        return self.at + HARD_LIMIT
