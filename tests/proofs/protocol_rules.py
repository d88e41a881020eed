"""What must hold, whatever happens: the guarantees, as checks on single steps of the model.

A rule is about what stands in the store, what reached the service and what was recorded. None of
them looks at a condition of an intent, so that a condition that is missing shows.
"""

from breakwater.resilience.circuit import Circuit, State, run_is_over
from breakwater.resilience.intent import Intent
from breakwater.resilience.intents import STATE_CHANGED
from tests.proofs.protocol_state import NONE, SETTINGS, Task

OPERATORS = {"override", "to_automatic"}
FROM_START, AFTER_HEALTH, AFTER_TROUBLE = range(3)
"""How a service came to be dead: always was, died in good health, died while failures stood."""


class ViolationError(AssertionError):
    """A guarantee that did not hold."""


def bound(history: int, callers: int, *, has_crashed: bool) -> int:
    """Return how many calls may reach a dead service in one closed generation, plus one a crash.

    Dead from the start: the calls in flight, but for the one that counts the last failure, come on
    top. After health each of the others may have kept one failure to itself as well; and one that
    comes in place of a crashed caller may bring the count to just below the limit, from where a
    report of two goes past it. After trouble a run that stood may turn out to be over, and what was
    counted since joins it in vain.
    """
    fail_max = SETTINGS.fail_max
    if history == FROM_START:
        return fail_max + callers - 1
    most = fail_max + 2 * (callers - 1) + has_crashed
    return most if history == AFTER_HEALTH else most + fail_max - 1


def judge_write(intent: Intent, before: Circuit, after: Circuit, task: Task) -> str | None:
    """Return which guarantee a write that landed breaks, if any. Times are relative to now."""
    broken = (
        _recorded(intent, before, after)
        or _inert(before, task)
        or _shape(before, after)
        or _timely(intent, before)
        or _counted(intent, before, task)
    )
    if before.override_mode is not None and intent.name not in OPERATORS:
        return "something was counted or moved while an operator's override was active"
    return broken


def _recorded(intent: Intent, before: Circuit, after: Circuit) -> str | None:
    moved, change = after.generation - before.generation, intent.change
    if moved not in {0, 1} or (after.state is not before.state and moved != 1):
        return "a transition does not begin exactly one new generation"
    if (moved == 1) != (change is not None and intent.name != "override"):
        return "a transition is not recorded, or a record has no transition"
    if change is None:
        return None
    old: str | None = before.override_mode
    new: str | None = after.override_mode
    if change.type == STATE_CHANGED:
        old, new = before.state, after.state
    if (change.old, change.new) != (old or "automatic", new or "automatic"):
        return "the record is not of what has happened"
    if intent.before.generation != before.generation:
        return "the record is filed under another generation than it happened in"
    return None


def _inert(before: Circuit, task: Task) -> str | None:
    if task.generation not in {NONE, before.generation}:
        return "a late result changed a newer generation"
    holder: object = before.probe_owner
    if task.owner != NONE and task.end != NONE and holder != task.owner:
        return "a probe was judged by one whose lease was another's, or over"
    return None


def _shape(before: Circuit, after: Circuit) -> str | None:
    if after.state is not State.HALF_OPEN and after.probe_owner is not None:
        return "a probe outside half-open"
    if after.failures > 0 and after.run_began_at is None:
        return "failures without a beginning"
    in_place = after.generation == before.generation
    if in_place and before.state is not State.CLOSED and after.failures != before.failures:
        return "failures counted while not closed"
    return None


def _timely(intent: Intent, before: Circuit) -> str | None:
    match intent.name:
        case "claim" if (before.retry_at or 0) > 0:
            return "a probe before its time"
        case "claim" if before.state is not State.OPEN:
            return "a claim of what is not open"
        case "reclaim" if before.probe_owner is not None and (before.probe_until or 0) > 0:
            return "a second probe within a lease"
        case "trip" if before.failures < SETTINGS.fail_max:
            return "it opened below the limit"
        case "to_automatic" if (before.override_until or 0) > 0:
            return "an override lapsed before its end"
    return None


def _counted(intent: Intent, before: Circuit, task: Task) -> str | None:
    last = None if task.successes == NONE else task.successes
    match intent.name:
        case "begin_run" if not run_is_over(before, SETTINGS, now=task.now, last_success=last):
            return "a new run wiped out one that was not over"
        case "join_run" if run_is_over(before, SETTINGS, now=task.now, last_success=last):
            return "a failure joined a run that was over"
        case "end_run" if last is None or last <= (before.run_began_at or 0):
            return "a run was ended by a success that is older"
    return None
