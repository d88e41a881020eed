"""What is left to do for a task that was ended from outside its own steps.

Its vendor may be at work on it, and its change record has not been told. Both are looked after by
the aftercare workflow, which is started again until nothing is left: `is_needed` says when.
"""

from datetime import datetime, timedelta

from breakwater.domain.cancellations import AtVendor, Cancellation, Effect
from breakwater.domain.changes import FINAL
from breakwater.domain.tasks import Kind, Task

GIVE_UP = timedelta(hours=1)
"""For how long a vendor is asked to stop, and a change record is worked on."""
LOOK_AFTER = timedelta(seconds=60)
"""After an end from outside, when the sweeper sees to it that aftercare has begun."""
LOOK_AGAIN_AFTER = GIVE_UP * 2 + timedelta(minutes=15)
"""When it looks again. The workflow has given up on both by then, or it has died."""


def cancellation_of(task: Task, *, by: str | None, at: datetime) -> Cancellation:
    """Return what an end of `task`, as it stands, would leave behind."""
    if task.kind is not Kind.DEPLOYMENT:
        effect = Effect.NONE  # nothing else changes anything outside
    elif task.intent is not None:
        effect = Effect.IN_DOUBT
    else:
        effect = Effect.ACCEPTED if task.handle is not None else Effect.NONE
    at_vendor = AtVendor.NOTHING if effect is Effect.NONE else AtVendor.PENDING
    return Cancellation(by=by, at=at, effect=effect, at_vendor=at_vendor)


def is_needed(task: Task, *, now: datetime) -> bool:
    """Whether an ended task's vendor is still to be asked to stop, or its change to be told."""
    ended = task.cancellation
    if ended is None:
        return False
    return ended.at_vendor is AtVendor.PENDING or _is_untold(task, now)


def _is_untold(task: Task, now: datetime) -> bool:
    record = task.change
    if record is None or record.state in FINAL:
        return False
    return record.give_up_at is None or now < record.give_up_at
