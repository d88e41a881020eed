"""The circuits over HTTP: how they are shown, and what an operator's override may say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from breakwater.api.bodies import invalid, pointer
from breakwater.api.problems import Fault
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.services.breakers import Override
from breakwater.services.health import Health

MAX_REASON_CHARS = 500
MAX_SECONDS = 86_400
"""A day: an override that is forgotten ends by itself."""

FIELDS = frozenset({"mode", "reason", "expires_in_seconds"})


def read_override(body: Any) -> Override:
    """Return the override that a body asks for. Raises ApiProblem 400 with every fault."""
    if not isinstance(body, dict):
        raise invalid([Fault("", "expected an object")])
    faults = [Fault(pointer([name]), "unknown field") for name in sorted(set(body) - FIELDS)]
    mode = _mode(body, faults)
    reason = _reason(body, faults)
    seconds = _seconds(body, mode, faults)
    if faults or mode is None:
        raise invalid(faults)
    return Override(mode, reason, seconds)


def overview(circuits: Mapping[str, Circuit]) -> dict[str, Any]:
    """Return each circuit as signed-in users see it, by service."""
    return {service: _view(circuit) for service, circuit in circuits.items()}


def health(found: Health) -> dict[str, Any]:
    """Return what everybody may know."""
    return {
        "status": "degraded" if found.is_degraded else "ok",
        "breakers": {service: _state(circuit) for service, circuit in found.circuits.items()},
    }


def _view(circuit: Circuit) -> dict[str, Any]:
    return {
        **_state(circuit),
        "retry_at": _iso(_retry_at(circuit)),
        "override": _override(circuit),
    }


def _state(circuit: Circuit) -> dict[str, Any]:
    return {
        "state": circuit.state.value,
        "fail_counter": circuit.failures,
        "is_open": circuit.is_open,
    }


def _retry_at(circuit: Circuit) -> float | None:
    """Return when a refused call may be tried again; None where none is refused."""
    if not circuit.is_open:
        return None
    if circuit.override_mode is not None:
        return circuit.override_until
    return circuit.probe_until if circuit.state is State.HALF_OPEN else circuit.retry_at


def _override(circuit: Circuit) -> dict[str, Any] | None:
    if circuit.override_mode is None:
        return None
    return {
        "mode": circuit.override_mode.value,
        "reason": circuit.override_reason,
        "by": circuit.override_by,
        "expires_at": _iso(circuit.override_until),
    }


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _mode(body: Mapping[str, Any], faults: list[Fault]) -> Mode | None:
    given = body.get("mode")
    if isinstance(given, str) and given in set(Mode):
        return Mode(given)
    what = "required" if "mode" not in body else "unknown"
    faults.append(Fault("/mode", f"{what}; known: {', '.join(Mode)}"))
    return None


def _reason(body: Mapping[str, Any], faults: list[Fault]) -> str:
    """Read who is told why: one line that looks in every terminal and log like what it says."""
    given = body.get("reason")
    reason = given.strip() if isinstance(given, str) else ""
    if not 0 < len(reason) <= MAX_REASON_CHARS or not reason.isprintable():
        what = "required: " if "reason" not in body else "expected "
        faults.append(Fault("/reason", f"{what}1 to {MAX_REASON_CHARS} printable characters"))
    return reason


def _seconds(body: Mapping[str, Any], mode: Mode | None, faults: list[Fault]) -> int | None:
    at = "/expires_in_seconds"
    if "expires_in_seconds" not in body:
        if mode in {Mode.FORCED_OPEN, Mode.FORCED_CLOSED}:
            faults.append(Fault(at, f"required with {mode}: 1 to {MAX_SECONDS}"))
        return None
    if mode is Mode.AUTOMATIC:
        faults.append(Fault(at, "not with automatic, which has no end"))
        return None
    seconds = body["expires_in_seconds"]
    whole = isinstance(seconds, int) and not isinstance(seconds, bool)
    if whole and 1 <= seconds <= MAX_SECONDS:
        return int(seconds)
    faults.append(Fault(at, f"expected a whole number from 1 to {MAX_SECONDS}"))
    return None
