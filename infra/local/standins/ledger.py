"""What the stand-ins know about a run: the time, the effects they counted, the requests they saw.

Nothing here is locked: the server's one event loop is the only reader and writer.
"""

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT_REQUESTS = 1000
"""How many requests the journal remembers; older ones are dropped."""
KEPT_STRIKES = 20_000
"""How many requests that ran into a fault it remembers: all of a long run's."""

CORRELATION_HEADERS = (
    "client-request-id",
    "idempotency-key",
    "traceparent",
    "tracestate",
    "x-amzn-trace-id",
    "x-correlation-id",
    "x-request-id",
)
"""The only headers that are recorded: nothing that could carry a credential."""


class Clock:
    """Tell monotonic seconds, which a test may skip instead of sleeping."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        """Return seconds since an arbitrary start."""
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Move the time on for tokens, throttles and visibility; a fault waits in real time."""
        self._skipped += seconds


class Effects:
    """Count what really happened at the vendors, whatever the client was told about it."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()

    def count(self, *path: str) -> None:
        """Add one at `path`: vendor, operation, what, and which."""
        self._counts[path] += 1

    def tree(self) -> dict[str, Any]:
        """Return the counts as nested objects."""
        root: dict[str, Any] = {}
        for path, count in self._counts.items():
            node = root
            for step in path[:-1]:
                node = node.setdefault(step, {})
            node[path[-1]] = count
        return root

    def clear(self) -> None:
        """Forget every count."""
        self._counts.clear()


@dataclass
class Entry:
    """One request; `status` stays None while it is unanswered, or if it never was answered."""

    number: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    at: float
    """When it came, in Unix seconds."""
    status: int | None = None
    fault: str | None = None
    when: str | None = None
    """Whether the fault struck before or after the vendor had done what was asked."""


class Journal:
    """Remember the most recent requests, hanging ones included, and what ran into a fault."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT_REQUESTS)
        self._struck: deque[Entry] = deque(maxlen=KEPT_STRIKES)
        self._total = 0

    def open(self, method: str, path: str, query: str, headers: dict[str, str]) -> Entry:
        """Record a request's arrival; the caller fills in what becomes of it."""
        self._total += 1
        kept = {name: headers[name] for name in CORRELATION_HEADERS if name in headers}
        entry = Entry(self._total, method, path, query, kept, time.time())
        self._entries.append(entry)
        return entry

    def strike(self, entry: Entry, fault: str, *, when: str) -> None:
        """Record that a request has run into a fault."""
        entry.fault, entry.when = fault, when
        self._struck.append(entry)

    def listing(self) -> dict[str, Any]:
        """Return the total and the remembered requests, oldest first."""
        return {"total": self._total, "requests": [asdict(entry) for entry in self._entries]}

    def strikes(self) -> list[dict[str, Any]]:
        """Return the requests that ran into a fault, oldest first."""
        return [asdict(entry) for entry in self._struck]

    def clear(self) -> None:
        """Forget every request."""
        self._entries.clear()
        self._struck.clear()
        self._total = 0
