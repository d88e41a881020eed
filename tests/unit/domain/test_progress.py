from datetime import datetime, timedelta, timezone

import pytest

from breakwater.domain.progress import Directive, Next
from breakwater.domain.status import Status


def test__directive__has_both_keys_even_without_a_time() -> None:
    assert Directive(Next.SUCCEED).to_json() == {"next": "succeed", "resume_at": None}


@pytest.mark.parametrize(
    ("second", "microsecond", "sent"),
    [
        (0, 0, "2026-11-23T12:00:00Z"),
        (0, 1, "2026-11-23T12:00:01Z"),
        (59, 999_999, "2026-11-23T12:01:00Z"),
    ],
)
def test__directive__time_as_timestamp_path_takes_it__never_too_early(
    second: int, microsecond: int, sent: str
) -> None:
    at = datetime(2026, 11, 23, 13, 0, second, microsecond, timezone(timedelta(hours=1)))
    assert Directive(Next.POLL, at).to_json() == {"next": "poll", "resume_at": sent}


def test__ended__only_success_succeeds() -> None:
    assert {status: Directive.ended(status).next for status in Status if status.is_terminal} == {
        Status.SUCCESS: Next.SUCCEED,
        Status.FAILED: Next.FAIL,
        Status.CANCELLED: Next.FAIL,
        Status.UNKNOWN: Next.FAIL,
    }
