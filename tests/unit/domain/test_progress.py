from datetime import UTC, datetime, timedelta, timezone

from breakwater.domain.progress import Directive, Next
from breakwater.domain.status import Status


def test__directive__has_both_keys_even_without_a_time() -> None:
    assert Directive(Next.SUCCEED).to_json() == {"next": "succeed", "resume_at": None}


def test__directive__time_as_timestamp_path_takes_it() -> None:
    at = datetime(2026, 11, 23, 13, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert Directive(Next.POLL, at).to_json()["resume_at"] == "2026-11-23T12:00:00.999Z"
    assert Directive(Next.POLL, at.astimezone(UTC)).to_json()["next"] == "poll"


def test__ended__only_success_succeeds() -> None:
    assert {status: Directive.ended(status).next for status in Status if status.is_terminal} == {
        Status.SUCCESS: Next.SUCCEED,
        Status.FAILED: Next.FAIL,
        Status.CANCELLED: Next.FAIL,
        Status.UNKNOWN: Next.FAIL,
    }
