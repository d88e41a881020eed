"""What is left to do for a task that has ended.

Its vendor may be at work on it, where it was ended from outside its own steps or these have given
it up. Its change record has not been told: its own execution does that, unless it has died. Both
are looked after by the aftercare workflow, which is started again until nothing is left:
`is_needed` says when.
"""

from datetime import datetime, timedelta

from breakwater.domain.cancellations import AtVendor, Cancellation, Effect
from breakwater.domain.changes import FINAL, ChangeState
from breakwater.domain.tasks import Kind, Task

GIVE_UP = timedelta(hours=1)
"""For how long a vendor is asked to stop, and a change record is worked on."""
LOOK_AFTER = timedelta(seconds=60)
"""After an end from outside, when the sweeper sees to it that aftercare has begun."""
LOOK_AGAIN_AFTER = GIVE_UP * 2 + timedelta(minutes=15)
"""When it looks again. Whoever had to do with either has given up by then, or has died."""


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
    pending = ended is not None and ended.at_vendor is AtVendor.PENDING
    return pending or _is_untold(task, now)


def due_after(task: Task, *, now: datetime) -> datetime | None:
    """Return when an ended task is looked at; None where nothing of it is left."""
    if not is_needed(task, now=now):
        return None
    # Without a cancellation it is its own execution that goes on.
    return now + (LOOK_AGAIN_AFTER if task.cancellation is None else LOOK_AFTER)


def _is_untold(task: Task, now: datetime) -> bool:
    record = task.change
    if record is None or record.state in FINAL:
        return False
    # Given up, one that stands stays opened. The others would have become final: somebody has died.
    given_up = record.give_up_at is not None and record.give_up_at <= now
    return not (given_up and record.state is ChangeState.OPENED)
