"""What Jira's headers say about waiting."""

import pytest

from breakwater.connectors.jira.quota import Quota
from breakwater.domain.errors import ThrottledError
from tests.fakes.clock import FakeClock

QUOTA = {"ratelimit-reason": "jira-quota-tenant-based"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T12:30Z"}, 1800.0),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T12:30:00Z"}, 1800.0),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T13:30:00.000+01:00"}, 1800.0),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T12:30"}, 1800.0),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T12:30Z", "retry-after": "5"}, 1800.0),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T12:30Z", "retry-after": "2000"}, 2000.0),
        ({**QUOTA, "retry-after": "2000"}, 2000.0),
        ({**QUOTA, "x-ratelimit-reset": "soon", "retry-after": "7"}, 7.0),
        ({**QUOTA, "x-ratelimit-reset": "2030-01-01T12:30Z"}, 86_400.0),
        ({**QUOTA, "x-ratelimit-reset": "9999-12-31T23:59-12:00"}, 86_400.0),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T11:30Z"}, None),
        ({**QUOTA, "x-ratelimit-reset": "2026-01-01T11:30Z", "retry-after": "later"}, None),
        (QUOTA, None),
        ({"ratelimit-reason": "JIRA-QUOTA-x", "retry-after": "3"}, 3.0),
    ],
)
def test__quota__the_longest_wait_that_makes_sense(
    headers: dict[str, str], seconds: float | None
) -> None:
    clock = FakeClock()
    quota = Quota(clock)
    assert quota.read(headers) == seconds
    if seconds is None:
        quota.check()
        return
    clock.advance(seconds - 0.5)
    with pytest.raises(ThrottledError) as caught:
        quota.check()
    assert caught.value.retry_after == pytest.approx(0.5)
    assert (caught.value.may_have_applied, caught.value.blames_service) == (False, False)
    clock.advance(0.5)
    quota.check()


@pytest.mark.parametrize("reason", ["jira-burst-based", "jira-per-issue-on-write", ""])
def test__other_limits__retry_after_is_all_that_counts_and_nothing_else_waits(reason: str) -> None:
    quota = Quota(FakeClock())
    headers = {"ratelimit-reason": reason, "x-ratelimit-reset": "2026-01-01T13:00Z"}
    assert quota.read(headers) is None
    quota.check()


def test__no_reason__nothing_of_ours() -> None:
    assert Quota(FakeClock()).read({"x-ratelimit-reset": "2026-01-01T13:00Z"}) is None
