"""When it counts that an effect cannot be found: after it can neither be sent nor be hidden.

An intent is noted before its request. Between them, and after the request, there may be the write
of the intent itself, a refusal, a new login and the request again: all that bounds them together is
the step, or the lease that the effect is made under. So the vendor's own delay, until what it has
taken shows, begins where that ends.
"""

from datetime import datetime, timedelta

from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.progress import Absent, NotVisibleYet


def absence(
    noted_at: datetime,
    *,
    asked_at: datetime,
    delay: timedelta,
    sent_within: timedelta = HARD_LIMIT,
) -> Absent | NotVisibleYet:
    """Return what it means that nothing was found of an effect.

    `noted_at` is its intent's moment, `asked_at` the one before the look-up: an answer is as old as
    its question. `delay` is how long the vendor may take to show what it was sent, `sent_within`
    when the last request for it was over.
    """
    shows_by = noted_at + sent_within + delay
    return NotVisibleYet(shows_by) if asked_at < shows_by else Absent()
