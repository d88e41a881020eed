"""The state of one circuit, and what a caller may do in it. Pure: no I/O, time is handed in.

    closed     calls pass; `failures` counts the fleet's current run of failures
    open       calls are refused until `retry_at`
    half-open  one caller at a time probes, under a lease; the others are refused

`generation` grows at every transition, and whatever was learned under an older one is inert. Times
are Unix seconds: they decide when something is tried; who may write is decided by generations.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The specification's three states."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Mode(StrEnum):
    """What an operator can ask for."""

    FORCED_OPEN = "forced_open"
    FORCED_CLOSED = "forced_closed"
    AUTOMATIC = "automatic"


DOUBT = 1.0
"""How long a caller trusts what it has read once a call has failed. Seconds."""
LOOK_AFTER = 0.1
"""What was learned longer ago is read anew before a failure is counted on it: most of a fleet fails
after the first few have opened the circuit, and a read costs less than a refused write. Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When a circuit opens and how it closes again. Times in seconds."""

    fail_max: int = 5
    """Consecutive failures that open it."""
    reset_timeout: float = 60.0
    """How long it stays open before a probe; each failed probe doubles this."""
    max_open: float = 300.0
    successes_to_close: int = 1
    run_memory: float = 600.0
    """A run of failures is over after this long without one."""
    hold_back: float = 60.0
    """A caller with a success this recent keeps its first failure to itself."""
    slow_call: float | None = None
    """An answer that took longer counts as a failure."""
    probe_margin: float = 10.0
    """How much longer than a probe's own timeout its lease lasts."""
    window: float = 5.0
    """How long a caller trusts what it has read, if nothing fails: ten thousand of them then read
    the one item 2,000 times a second, of the 6,000 times that it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One service's circuit, as it stands in the store."""

    service: str
    state: State = State.CLOSED
    generation: int = 0
    failures: int = 0
    run_began_at: float | None = None
    last_failure_at: float | None = None
    opened_at: float | None = None
    retry_at: float | None = None
    reopens: int = 0
    probe_owner: str | None = None
    probe_until: float | None = None
    probe_successes: int = 0
    override_mode: Mode | None = None
    override_reason: str | None = None
    override_by: str | None = None
    override_until: float | None = None
    updated_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, by the circuit itself or by an operator."""
        if self.override_mode is not None:
            return self.override_mode is Mode.FORCED_OPEN
        return self.state is not State.CLOSED


class Way(StrEnum):
    """What a caller does next, given the circuit it knows."""

    PASS = "pass"  # noqa: S105 - a word, not a password
    UNCOUNTED = "uncounted"
    """Pass, and count nothing: an operator holds the circuit closed."""
    REFUSE = "refuse"
    TRIP = "trip"
    """The failures have reached the limit and whoever counted the last one died before opening."""
    CLAIM = "claim"
    """Open, and its time is up: become the first prober."""
    RECLAIM = "reclaim"
    """Half-open, and nobody probes: become the next prober."""
    LAPSE = "lapse"
    """An operator's override has ended: put the circuit back to automatic."""


def way(circuit: Circuit, settings: BreakerSettings, now: float) -> Way:
    """Return what a caller does next."""
    if circuit.override_mode is not None:
        return _overridden(circuit, now)
    match circuit.state:
        case State.CLOSED:
            full = circuit.failures >= settings.fail_max
            return Way.TRIP if full and not _forgotten(circuit, settings, now) else Way.PASS
        case State.OPEN:
            return Way.CLAIM if _passed(circuit.retry_at, now) else Way.REFUSE
        case State.HALF_OPEN:  # pragma: no branch - there is no other
            free = circuit.probe_owner is None or _passed(circuit.probe_until, now)
            return Way.RECLAIM if free else Way.REFUSE


def retry_after(circuit: Circuit, settings: BreakerSettings, now: float) -> float:
    """Return in how many seconds a refused caller may ask again, at least a cache window.

    While somebody probes, that is soon: the lease is the longest a probe can take, and most are
    judged long before it ends.
    """
    if circuit.override_mode is Mode.FORCED_OPEN:
        until = circuit.override_until or now
    elif circuit.state is State.HALF_OPEN:
        until = min(circuit.probe_until or now, now + settings.reset_timeout / 4)
    else:
        until = circuit.retry_at or now
    return max(settings.window, until - now)


_MOST_DOUBLINGS = 30
"""By then everything is longer than `max_open`; 1,024 would be more than a float can hold."""


def open_for(settings: BreakerSettings, reopens: int, spread: float) -> float:
    """Return how long a circuit stays open: doubled with each failed probe, at most `max_open`.

    `spread` from 0 to 1 adds up to a tenth, so that many circuits do not probe in step; that tenth
    is within `max_open`.
    """
    doubled = settings.reset_timeout * 2.0 ** min(reopens, _MOST_DOUBLINGS)
    return min(settings.max_open / 1.1, doubled) * (1 + spread / 10)


def run_is_over(
    circuit: Circuit, settings: BreakerSettings, *, now: float, last_success: float | None
) -> bool:
    """Whether a failure now begins a new run.

    A run ends with a success that started after its first failure, or after `run_memory` without
    a failure. `last_success` is when the caller's own last successful call started.
    """
    if circuit.failures == 0 or circuit.run_began_at is None:
        return True
    if _forgotten(circuit, settings, now):
        return True
    return last_success is not None and last_success > circuit.run_began_at


def run_outlived(circuit: Circuit, success: float) -> bool:
    """Whether a success that started at `success` has ended the run that stands in the circuit."""
    if circuit.state is not State.CLOSED or circuit.override_mode is not None:
        return False
    return circuit.run_began_at is not None and circuit.run_began_at < success


def _forgotten(circuit: Circuit, settings: BreakerSettings, now: float) -> bool:
    """Whether the last failure is too long ago for its run to speak against the service."""
    return _passed((circuit.last_failure_at or 0.0) + settings.run_memory, now)


def _overridden(circuit: Circuit, now: float) -> Way:
    if _passed(circuit.override_until, now):
        return Way.LAPSE
    return Way.REFUSE if circuit.override_mode is Mode.FORCED_OPEN else Way.UNCOUNTED


def _passed(moment: float | None, now: float) -> bool:
    return moment is None or moment <= now
