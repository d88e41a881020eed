"""Which failed tasks an operator wants retried, and how fast."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from breakwater.api.bodies import invalid, strangers, whole
from breakwater.api.problems import ApiProblem, Fault
from breakwater.domain.replays import MAX_RATE
from breakwater.resilience.registry import SERVICES

CHOOSING = ("service", "correlation_id", "failed_after")
"""Of these one is needed: nobody retries everything by leaving something out."""
FIELDS = frozenset({*CHOOSING, "failed_before", "rate_per_minute", "dry_run"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A validated body: `command` is what a run is told."""

    command: Mapping[str, Any]
    dry_run: bool

    @property
    def rate(self) -> int:
        """How many tasks a minute."""
        return int(self.command["rate_per_minute"])


def read_selection(body: Any) -> Asked:
    """Return what a body asks for. Raises ApiProblem 400 with every fault."""
    faults = strangers(body, FIELDS)
    if not set(CHOOSING) & set(body):
        faults.append(Fault("", f"one of these is needed: {', '.join(CHOOSING)}"))
    dry_run = _dry_run(body, faults)
    found = {
        "service": _service(body, faults),
        "correlation_id": _correlation_id(body, faults),
        **_window(body, faults),
        "rate_per_minute": _rate(body, faults, needed=not dry_run),
    }
    if faults:
        raise invalid(faults)
    return Asked({name: value for name, value in found.items() if value is not None}, dry_run)


def too_slow(count: int, most: timedelta) -> ApiProblem:
    """Return the answer to a rate at which a run would not be done in time."""
    least = ceil(count / (most / timedelta(minutes=1)))
    return invalid(
        [Fault("/rate_per_minute", f"at least {least}: {count} tasks must be done in {most}")]
    )


def too_many(count: int, most: int) -> ApiProblem:
    """Return the answer to a selection that one run would not get through."""
    return invalid([Fault("", f"{count} tasks are selected: a run takes {most} at most")])


def _service(body: Mapping[str, Any], faults: list[Fault]) -> str | None:
    service = body.get("service")
    if "service" not in body or (isinstance(service, str) and service in SERVICES):
        return service
    faults.append(Fault("/service", f"unknown; known: {', '.join(SERVICES)}"))
    return None


def _correlation_id(body: Mapping[str, Any], faults: list[Fault]) -> str | None:
    if "correlation_id" not in body:
        return None
    try:
        return str(uuid.UUID(body["correlation_id"]))
    except (AttributeError, TypeError, ValueError):
        faults.append(Fault("/correlation_id", "expected a UUID"))
        return None


def _window(body: Mapping[str, Any], faults: list[Fault]) -> dict[str, str | None]:
    after = _moment(body, "failed_after", faults)
    before = _moment(body, "failed_before", faults)
    if after is not None and before is not None and before < after:
        faults.append(Fault("/failed_before", "expected a time after failed_after"))
    return {
        "failed_after": after.isoformat() if after else None,
        "failed_before": before.isoformat() if before else None,
    }


def _moment(body: Mapping[str, Any], name: str, faults: list[Fault]) -> datetime | None:
    if name not in body:
        return None
    try:
        moment = datetime.fromisoformat(body[name])
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    faults.append(Fault(f"/{name}", "expected a time with its offset, as ISO 8601 has it"))
    return None


def _rate(body: Mapping[str, Any], faults: list[Fault], *, needed: bool) -> int | None:
    if "rate_per_minute" not in body and not needed:
        return None
    rate = whole(body.get("rate_per_minute"))
    if rate is not None and 1 <= rate <= MAX_RATE:
        return rate
    what = "expected" if "rate_per_minute" in body else "required:"
    faults.append(Fault("/rate_per_minute", f"{what} a whole number from 1 to {MAX_RATE}"))
    return None


def _dry_run(body: Mapping[str, Any], faults: list[Fault]) -> bool:
    given = body.get("dry_run", False)
    if isinstance(given, bool):
        return given
    faults.append(Fault("/dry_run", "expected true or false"))
    return False
