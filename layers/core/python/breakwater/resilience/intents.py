"""Every write to a circuit, as data: what must hold, and what changes.

One definition serves all who need it: the DynamoDB store turns an intent into a conditional
update, the in-memory twin applies it to a dictionary, and the proofs explore it exhaustively and
remove each condition in turn to see that it is needed. An absent attribute counts as its default.
"""

from collections.abc import Mapping
from typing import Any

from breakwater.resilience.circuit import BreakerSettings, Circuit, Mode, State, open_for
from breakwater.resilience.intent import Change, Check, Intent, Op

STATE_CHANGED = "CIRCUIT_STATE_CHANGED"
OVERRIDE_SET = "CIRCUIT_OVERRIDE_SET"
AUTOMATIC = Check("override_mode", Op.ABSENT)
_CLOSED = (Check("state", Op.IS, State.CLOSED.value), AUTOMATIC)
_NO_RUN: Mapping[str, Any] = {"failures": 0, "run_began_at": None, "last_failure_at": None}
_NO_PROBE: Mapping[str, Any] = {"probe_owner": None, "probe_until": None, "probe_successes": 0}


def _in(circuit: Circuit, state: State) -> tuple[Check, ...]:
    """Return the checks that the circuit is still where the caller saw it, in automatic."""
    return (
        Check("state", Op.IS, state.value),
        Check("generation", Op.IS, circuit.generation),
        AUTOMATIC,
    )


def _becomes(
    circuit: Circuit, new: State, now: float, **details: Any
) -> tuple[Mapping[str, Any], Change]:
    put = {"state": new.value, "generation": circuit.generation + 1, "updated_at": now}
    old = circuit.state.value
    change = Change(type=STATE_CHANGED, old=old, new=new.value, at=now, details=details)
    return put, change


def join_run(
    circuit: Circuit,
    settings: BreakerSettings,
    *,
    count: int,
    now: float,
    last_success: float | None,
) -> Intent:
    """Add failures to the run that is under way."""
    alive = [Check("last_failure_at", Op.ABOVE, now - settings.run_memory)]
    if last_success is not None:
        alive.append(Check("run_began_at", Op.AT_LEAST, last_success))
    return Intent(
        name="join_run",
        before=circuit,
        checks=(*_in(circuit, State.CLOSED), *alive),
        put={"last_failure_at": now, "updated_at": now},
        add={"failures": count},
    )


def begin_run(
    circuit: Circuit,
    settings: BreakerSettings,
    *,
    count: int,
    began_at: float,
    now: float,
    last_success: float | None,
) -> Intent:
    """Count failures as a new run, the last one being over."""
    over = [
        Check("failures", Op.IS, 0),
        Check("last_failure_at", Op.AT_MOST, now - settings.run_memory),
    ]
    if last_success is not None:
        over.append(Check("run_began_at", Op.BELOW, last_success))
    return Intent(
        name="begin_run",
        before=circuit,
        checks=_in(circuit, State.CLOSED),
        either=tuple(over),
        put={
            "failures": count,
            "run_began_at": began_at,
            "last_failure_at": now,
            "updated_at": now,
        },
    )


def trip(circuit: Circuit, settings: BreakerSettings, *, now: float, spread: float) -> Intent:
    """Open a circuit whose failures have reached the limit."""
    put, change = _becomes(circuit, State.OPEN, now, failures=circuit.failures)
    retry_at = now + open_for(settings, 0, spread)
    return Intent(
        name="trip",
        before=circuit,
        checks=(
            *_in(circuit, State.CLOSED),
            Check("failures", Op.AT_LEAST, settings.fail_max),
        ),
        put={**put, "opened_at": now, "retry_at": retry_at, "reopens": 0, **_NO_PROBE},
        change=change,
    )


def claim(circuit: Circuit, *, owner: str, until: float, now: float) -> Intent:
    """Half-open a circuit whose time is up, as its first prober."""
    put, change = _becomes(circuit, State.HALF_OPEN, now)
    return Intent(
        name="claim",
        before=circuit,
        checks=(*_in(circuit, State.OPEN), Check("retry_at", Op.AT_MOST, now)),
        put={**put, "probe_owner": owner, "probe_until": until, "probe_successes": 0},
        change=change,
    )


def reclaim(circuit: Circuit, *, owner: str, until: float, now: float) -> Intent:
    """Probe a half-open circuit that nobody probes, or whose prober's lease has ended."""
    return Intent(
        name="reclaim",
        before=circuit,
        checks=_in(circuit, State.HALF_OPEN),
        either=(Check("probe_owner", Op.ABSENT), Check("probe_until", Op.AT_MOST, now)),
        put={"probe_owner": owner, "probe_until": until, "updated_at": now},
    )


def _mine(owner: str) -> tuple[Check, ...]:
    # Every transition takes the probe from its owner, whose name is used once: that stands for the
    # state and the generation.
    return (AUTOMATIC, Check("probe_owner", Op.IS, owner))


def prove(circuit: Circuit, *, owner: str, now: float) -> Intent:
    """Note a successful probe where more are needed, and let the next prober in."""
    return Intent(
        name="prove",
        before=circuit,
        checks=_mine(owner),
        put={"probe_owner": None, "probe_until": None, "updated_at": now},
        add={"probe_successes": 1},
    )


def close(circuit: Circuit, *, owner: str, now: float) -> Intent:
    """Close a circuit whose last needed probe has succeeded."""
    opened_at = circuit.opened_at
    put, change = _becomes(
        circuit, State.CLOSED, now, open_seconds=None if opened_at is None else now - opened_at
    )
    return Intent(
        name="close",
        before=circuit,
        checks=_mine(owner),
        put={**put, **_NO_RUN, **_NO_PROBE, "opened_at": None, "retry_at": None, "reopens": 0},
        change=change,
    )


def reopen(
    circuit: Circuit, settings: BreakerSettings, *, owner: str, now: float, spread: float
) -> Intent:
    """Open again after a failed probe, for longer than the last time."""
    reopens = circuit.reopens + 1
    put, change = _becomes(circuit, State.OPEN, now, reopens=reopens)
    retry_at = now + open_for(settings, reopens, spread)
    return Intent(
        name="reopen",
        before=circuit,
        checks=_mine(owner),
        put={**put, **_NO_PROBE, "retry_at": retry_at, "reopens": reopens},
        change=change,
    )


def release(circuit: Circuit, *, owner: str, now: float) -> Intent:
    """Give a probe back that came to no verdict."""
    return Intent(
        name="release",
        before=circuit,
        checks=_mine(owner),
        put={"probe_owner": None, "probe_until": None, "updated_at": now},
    )


def end_run(circuit: Circuit, *, last_success: float, now: float) -> Intent:
    """Forget a run of failures that a success has ended."""
    return Intent(
        name="end_run",
        before=circuit,
        # Of whichever generation: it is the run that the success is younger than.
        checks=(*_CLOSED, Check("run_began_at", Op.BELOW, last_success)),
        put={**_NO_RUN, "updated_at": now},
    )


def override(
    circuit: Circuit, *, mode: Mode, reason: str, by: str, until: float, now: float
) -> Intent:
    """Force a circuit open or closed until a time: attributes that no transition touches."""
    details = {"reason": reason, "by": by, "until": until}
    seen = circuit.override_mode
    unchanged = AUTOMATIC if seen is None else Check("override_mode", Op.IS, seen.value)
    return Intent(
        name="override",
        before=circuit,
        # The mode as well: a record must not name an old one that another operator has replaced.
        checks=(Check("generation", Op.IS, circuit.generation), unchanged),
        put={
            "override_mode": mode.value,
            "override_reason": reason,
            "override_by": by,
            "override_until": until,
            "updated_at": now,
        },
        change=Change(OVERRIDE_SET, (seen or Mode.AUTOMATIC).value, mode.value, now, details),
    )


def to_automatic(circuit: Circuit, *, reason: str, by: str, now: float) -> Intent:
    """End an override: one forced open may be probed at once, one forced closed starts anew."""
    mode = circuit.override_mode or Mode.AUTOMATIC
    new = State.OPEN if mode is Mode.FORCED_OPEN else State.CLOSED
    since = now if new is State.OPEN else None
    put, _ = _becomes(circuit, new, now)
    ended = {f"override_{name}": None for name in ("mode", "reason", "by", "until")}
    details = {"reason": reason, "by": by, "state": new.value}
    return Intent(
        name="to_automatic",
        before=circuit,
        checks=(
            Check("generation", Op.IS, circuit.generation),
            Check("override_mode", Op.IS, mode.value),
            Check("override_until", Op.IS, circuit.override_until),
        ),
        put={
            **put,
            **_NO_RUN,
            **_NO_PROBE,
            **ended,
            "opened_at": since,
            "retry_at": since,
            "reopens": 0,
        },
        change=Change(OVERRIDE_SET, mode.value, Mode.AUTOMATIC.value, now, details),
    )
