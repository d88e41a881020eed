"""Which faults exist, which are armed, and which one a request runs into.

A fault is armed through the control routes and waits for requests that match it. Faults are tried
in the order in which they were armed; the first that matches and is not used up is taken.
`misbehaviour` carries them out.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter

from infra.local.standins.validation import Strict

# A header value is sent as it is, so that decimals, dates and nonsense reach the client; what
# HTTP/1.1 cannot carry (control characters) is refused here and not by the server later.
HeaderText = Annotated[str, Field(pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")]
Status = Annotated[int, Field(ge=200, le=599)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class Match(Strict):
    """Which requests a fault is for: all of them, unless this narrows it."""

    method: Annotated[str, Field(pattern="^[A-Z]+$")] | None = None
    path: Annotated[str, Field(min_length=1)] | None = None

    def covers(self, method: str, target: str) -> bool:
        """Tell whether a request is meant; `target` is its path with its query."""
        return self.method in (None, method) and (self.path is None or self.path in target)


class _Fault(Strict):
    match: Match = Match()
    count: Annotated[int, Field(ge=1)] | None = None
    when: Literal["before", "after"] = "before"


class StatusFault(_Fault):
    """Answer with a status; without `body`, in the vendor's own error shape."""

    kind: Literal["status"]
    status: Status
    body: JsonValue = None
    retry_after: HeaderText | None = None


class DelayFault(_Fault):
    """Answer properly but late.

    `before` delays the effect too, and it happens even if the client has gone by then; `after`
    delays the answer only.
    """

    kind: Literal["delay"]
    seconds: Seconds


class HangFault(_Fault):
    """Never answer; the connection stays open until the client leaves it."""

    kind: Literal["hang"]


class TrickleFault(_Fault):
    """Send the answer a byte at a time, the body only or from the status line on.

    An `after` answer without a body (a 204) has nothing to trickle but its head.
    """

    kind: Literal["trickle"]
    interval_seconds: Seconds
    from_first_byte: bool = False


class ResetFault(_Fault):
    """Abort the connection (TCP RST) without an answer."""

    kind: Literal["reset"]


class MalformedFault(_Fault):
    """Answer 200 with a body that claims to be JSON and is not."""

    kind: Literal["malformed"]
    style: Literal["truncated", "garbage"] = "truncated"


class HtmlFault(_Fault):
    """Answer with an HTML page, as proxies and sleeping instances do."""

    kind: Literal["html"]
    status: Status = 200
    body: str = "<!DOCTYPE html><html><body><h1>Temporarily unavailable</h1></body></html>"


class TruncatedFault(_Fault):
    """Promise more bytes in `content-length` than are sent, then close."""

    kind: Literal["truncated"]
    missing_bytes: Annotated[int, Field(ge=1)] = 512


Fault = (
    StatusFault
    | DelayFault
    | HangFault
    | TrickleFault
    | ResetFault
    | MalformedFault
    | HtmlFault
    | TruncatedFault
)
FAULT: TypeAdapter[Fault] = TypeAdapter(Annotated[Fault, Field(discriminator="kind")])


@dataclass
class Armed:
    """A fault that waits for its requests, and how often it has struck."""

    id: str
    fault: Fault
    hits: int = 0

    @property
    def spent(self) -> bool:
        """Tell whether the fault has struck as often as it should."""
        return self.fault.count is not None and self.hits >= self.fault.count

    def view(self) -> dict[str, Any]:
        """Return the fault as the control routes show it."""
        return {"id": self.id, **self.fault.model_dump(exclude_none=True), "hits": self.hits}


class Faults:
    """The armed faults, spent ones included, so that a test can see that they struck."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def arm(self, fault: Fault) -> Armed:
        """Add a fault behind those that are armed already."""
        armed = Armed(f"fault-{len(self._armed) + 1}", fault)
        self._armed.append(armed)
        return armed

    def take(self, method: str, target: str) -> Fault | None:
        """Return the fault that this request runs into, and count that it did."""
        for armed in self._armed:
            if not armed.spent and armed.fault.match.covers(method, target):
                armed.hits += 1
                return armed.fault
        return None

    def listing(self) -> list[dict[str, Any]]:
        """Return every fault, in the order of arming."""
        return [armed.view() for armed in self._armed]

    def clear(self) -> None:
        """Disarm everything; requests that hang already keep hanging."""
        self._armed.clear()
