"""The circuits over HTTP: how they are shown, and what an operator's override may say."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from breakwater.api.bodies import invalid, strangers, whole
from breakwater.api.callers import OPERATE
from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.problems import ApiProblem, Fault
from breakwater.api.reasons import read_reason
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.services.breakers import Breakers, Override
from breakwater.services.health import CheckHealth, Health

MAX_SECONDS = 86_400
"""A day: an override that is forgotten ends by itself."""

HEALTH_MAX_AGE_SECONDS = 5

FIELDS = frozenset({"mode", "reason", "expires_in_seconds"})


class BreakerRoutes:
    """Where circuits are looked at and forced, and where everybody sees how it stands."""

    def __init__(self, *, breakers: Breakers, health: CheckHealth) -> None:
        self._breakers = breakers
        self._health = health

    def __iter__(self) -> Iterator[Route]:
        yield Route("GET", "/api/v1/breakers", self._get_breakers)
        yield Route("GET", "/api/v1/breakers/<service>", self._get_breaker)
        yield Route("PUT", "/api/v1/breakers/<service>/override", self._put_override)
        yield Route("GET", "/api/v1/health", self._get_health)

    def _get_breakers(self, call: Call) -> Answer:
        call.caller()
        return _shown(self._breakers.read_all())

    def _get_breaker(self, call: Call, service: str) -> Answer:
        call.caller()
        self._require_known(service)
        return _shown({service: self._breakers.read(service)})

    def _put_override(self, call: Call, service: str) -> Answer:
        caller = call.caller_with(OPERATE)
        self._require_known(service)
        asked = read_override(call.json())
        return _shown({service: self._breakers.override(service, asked, by=caller.subject)})

    def _get_health(self, _: Call) -> Answer:
        headers = {"Cache-Control": f"public, max-age={HEALTH_MAX_AGE_SECONDS}"}
        return answer(HTTPStatus.OK, health(self._health()), headers)

    def _require_known(self, service: str) -> None:
        if service not in self._breakers.services:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such service.")


def read_override(body: Any) -> Override:
    """Return the override that a body asks for. Raises ApiProblem 400 with every fault."""
    faults = strangers(body, FIELDS)
    mode = _mode(body, faults)
    reason = read_reason(body, faults)
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


def _shown(found: Mapping[str, Circuit]) -> Answer:
    return answer(HTTPStatus.OK, overview(found), {"Cache-Control": "no-store"})


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


def _seconds(body: Mapping[str, Any], mode: Mode | None, faults: list[Fault]) -> int | None:
    at = "/expires_in_seconds"
    if "expires_in_seconds" not in body:
        if mode in {Mode.FORCED_OPEN, Mode.FORCED_CLOSED}:
            faults.append(Fault(at, f"required with {mode}: 1 to {MAX_SECONDS}"))
        return None
    if mode is Mode.AUTOMATIC:
        faults.append(Fault(at, "not with automatic, which has no end"))
        return None
    seconds = whole(body["expires_in_seconds"])
    if seconds is not None and 1 <= seconds <= MAX_SECONDS:
        return seconds
    faults.append(Fault(at, f"expected a whole number from 1 to {MAX_SECONDS}"))
    return None
