from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.domain.attempts import NEVER, Attempt

EARLIEST, LATEST = datetime(2020, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - UTC is added below
MOMENTS = st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))
ATTEMPTS = st.builds(Attempt, MOMENTS, st.integers(0, 9_999))


@given(ATTEMPTS, ATTEMPTS)
def test__keys_sort_as_attempts_do(one: Attempt, other: Attempt) -> None:
    assert (one < other) == (one.key < other.key)
    assert one.key > NEVER


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2019-03-26T20:14:13.192Z", 192_000),
        ("2019-03-26T20:14:13Z", 0),
        ("2019-03-26T20:14:13.123456789Z", 123_456),
        ("2019-03-26T21:14:13.5+01:00", 500_000),
    ],
)
def test__entered_time__every_form_that_step_functions_writes(text: str, microseconds: int) -> None:
    expected = datetime(2019, 3, 26, 20, 14, 13, microseconds, tzinfo=UTC)
    assert Attempt.parse(text, 2) == Attempt(expected, 2)


@pytest.mark.parametrize(("text", "retry"), [("yesterday", 0), ("2019-03-26T20:14:13Z", -1)])
def test__not_of_that_form__refused(text: str, retry: int) -> None:
    with pytest.raises(ValueError, match=r"isoformat|range"):
        Attempt.parse(text, retry)
