"""A circuit in each state with every write that its callers make to it, and what is against one."""

from collections.abc import Callable, Mapping
from typing import Any

from breakwater.resilience import intents
from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode
from breakwater.resilience.intent import Check, Intent, Op
from breakwater.resilience.store import holds, to_circuit

SERVICE = "intune"
NOW = 1_767_268_800.123456
SETTINGS = BreakerSettings()
ME = "me"

CLOSED: Mapping[str, Any] = {
    "state": "closed",
    "generation": 4,
    "failures": 5,
    "run_began_at": NOW - 9.5,
    "last_failure_at": NOW - 1.25,
    "updated_at": NOW - 1.25,
}
OVER: Mapping[str, Any] = {**CLOSED, "run_began_at": NOW - 900, "last_failure_at": NOW - 800}
OPEN: Mapping[str, Any] = {
    **CLOSED,
    "state": "open",
    "generation": 5,
    "opened_at": NOW - 70.1,
    "retry_at": NOW - 10.2,
    "reopens": 1,
}
HALF_OPEN: Mapping[str, Any] = {
    **OPEN,
    "state": "half-open",
    "generation": 6,
    "probe_owner": ME,
    "probe_until": NOW + 5.7,
    "probe_successes": 1,
}
ABANDONED: Mapping[str, Any] = {**HALF_OPEN, "probe_owner": "dead", "probe_until": NOW - 0.001}
FREE: Mapping[str, Any] = {**HALF_OPEN, "probe_owner": None, "probe_until": None}
FORCED: Mapping[str, Any] = {
    **HALF_OPEN,
    "override_mode": "forced_open",
    "override_reason": "maintenance",
    "override_by": "operator-1",
    "override_until": NOW - 0.123456,
}
BEFORE: Mapping[str, Mapping[str, Any]] = {
    "join_run": CLOSED,
    "begin_run": OVER,
    "trip": CLOSED,
    "claim": OPEN,
    "reclaim": ABANDONED,
    "prove": HALF_OPEN,
    "close": HALF_OPEN,
    "reopen": HALF_OPEN,
    "release": HALF_OPEN,
    "end_run": CLOSED,
    "override": OPEN,
    "to_automatic": FORCED,
}
"""For every intent, an item on which it wins."""


def circuit_of(values: Mapping[str, Any]) -> Circuit:
    """Return the circuit that these values stand for."""
    return to_circuit(SERVICE, values)


def every_intent(on: Callable[[str], Circuit]) -> dict[str, Intent]:
    """Return each intent, built on the circuit that `on` gives for its name."""
    until = NOW + 40.5
    success = NOW - 9.5
    made = [
        intents.join_run(on("join_run"), SETTINGS, count=2, now=NOW, last_success=success),
        intents.begin_run(
            on("begin_run"), SETTINGS, count=2, began_at=NOW - 3, now=NOW, last_success=NOW - 899
        ),
        intents.trip(on("trip"), SETTINGS, now=NOW, spread=0.3),
        intents.claim(on("claim"), until=until, owner=ME, now=NOW),
        intents.reclaim(on("reclaim"), until=until, owner=ME, now=NOW),
        intents.prove(on("prove"), owner=ME, now=NOW),
        intents.close(on("close"), owner=ME, now=NOW),
        intents.reopen(on("reopen"), SETTINGS, spread=0.7, owner=ME, now=NOW),
        intents.release(on("release"), owner=ME, now=NOW),
        intents.end_run(on("end_run"), last_success=NOW - 9, now=NOW),
        intents.override(
            on("override"),
            mode=Mode.FORCED_CLOSED,
            reason="vendor says so",
            by="operator-1",
            until=until,
            now=NOW,
        ),
        intents.to_automatic(on("to_automatic"), reason="done", by="operator-2", now=NOW),
    ]
    return {intent.name: intent for intent in made}


INTENTS = every_intent(lambda name: circuit_of(BEFORE[name]))
ON_NOTHING = every_intent(lambda _: Circuit(service=SERVICE))
"""The same by callers who have never seen the circuit."""
LOSSES = [
    (name, check, against)
    for name, intent in INTENTS.items()
    for check in intent.checks
    for against in ("other", "none")
    if against == "other" or not holds(check, {})
]
"""Every check of every intent with how it can fail: an attribute is other, or not there."""

_OTHERS: Mapping[str, Callable[[Any], Any]] = {
    "state": lambda state: "closed" if state == "open" else "open",
    "override_mode": lambda mode: "forced_closed" if mode == "forced_open" else "forced_open",
    "probe_owner": lambda _: "other",
}


def spoiled(check: Check, against: str) -> Any:
    """Return a value of the check's attribute on which it does not hold; None means none."""
    if against == "none":
        return None
    if check.attribute in _OTHERS:
        return _OTHERS[check.attribute](check.value)
    match check.op:
        case Op.AT_MOST:
            return check.value + 0.001
        case Op.AT_LEAST:
            return check.value - (1 if isinstance(check.value, int) else 0.001)
        case Op.BELOW | Op.ABOVE:
            return check.value
        case _:
            return check.value + 1


def with_value(values: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return the values with one of them replaced, or gone."""
    return {key: val for key, val in {**values, name: value}.items() if val is not None}
