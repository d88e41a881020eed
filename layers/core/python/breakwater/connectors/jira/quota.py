"""What Jira says about its limits, and a quota's pause, which every call of ours keeps.

Source: developer.atlassian.com/cloud/jira/platform/rate-limiting. Of its three limits, a burst
concerns an endpoint and a write limit one issue: there `Retry-After` is all that counts. A quota
concerns everything until its reset.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from breakwater.domain.errors import ThrottledError
from breakwater.ports import Clock
from breakwater.resilience.retry import LONGEST_RETRY_AFTER, parse_retry_after

SERVICE = "jira"
QUOTA = "jira-quota-"
"""How `RateLimit-Reason` begins where a quota is used up."""


class Quota:
    """Until when this environment leaves Jira alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.monotonic()

    def check(self) -> None:
        """Raise ThrottledError while a quota is known to be used up: asking would only be refused.

        It blames nobody: waiting for a quota is not an outage.
        """
        left = self._until - self._clock.monotonic()
        if left > 0.0:
            raise ThrottledError("jira's quota is used up", retry_after=left, service=SERVICE)

    def read(self, headers: Mapping[str, str]) -> float | None:
        """Return the seconds until a quota's reset, and keep them; None where it is no quota."""
        if not headers.get("ratelimit-reason", "").lower().startswith(QUOTA):
            return None
        now = self._clock.now()
        waits = (
            _seconds_until(headers.get("x-ratelimit-reset", ""), now),
            parse_retry_after(headers.get("retry-after"), now) or 0.0,
        )
        seconds = min(max(waits), LONGEST_RETRY_AFTER)
        self._until = self._clock.monotonic() + seconds
        return seconds or None


def _seconds_until(text: str, now: datetime) -> float:
    """Return the seconds until an ISO 8601 moment (Jira's may end with its minutes); 0.0 if past.

    What is unreadable counts as not sent.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    # UNSURE whether it always names its zone; Atlassian's examples are in UTC.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
