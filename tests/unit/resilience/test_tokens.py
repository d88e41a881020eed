from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.resilience.tokens import TokenBucket
from tests.fakes.clock import FakeClock


def bucket(clock: FakeClock, *, rate: float = 2.0, burst: float = 3.0) -> TokenBucket:
    return TokenBucket(rate=rate, burst=burst, monotonic=clock.monotonic, sleep=clock.sleep)


def test__take__as_many_as_burst_at_once_then_at_the_rate() -> None:
    clock = FakeClock()
    tokens = bucket(clock)
    for _ in range(5):
        assert tokens.take(patience=10)
    assert clock.slept == [0.5, 0.5]


def test__take__longer_than_there_is_patience_for__is_refused_and_costs_nothing() -> None:
    clock = FakeClock()
    tokens = bucket(clock, burst=1.0)
    assert tokens.take(patience=0)
    assert not tokens.take(patience=0.4)
    assert not tokens.take(patience=0.4)
    assert tokens.take(patience=0.5)


def test__take__idle_for_long__no_more_than_burst() -> None:
    clock = FakeClock()
    tokens = bucket(clock)
    clock.advance(3600)
    assert [tokens.take(patience=0) for _ in range(4)] == [True, True, True, False]


@settings(deadline=None)
@given(
    rate=st.floats(0.5, 50),
    burst=st.floats(1, 20),
    pauses=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test__take__in_any_time__never_more_than_burst_and_rate_allow(
    rate: float, burst: float, pauses: list[float]
) -> None:
    clock = FakeClock()
    tokens = bucket(clock, rate=rate, burst=burst)
    moments = []
    for pause in pauses:
        clock.advance(pause)
        if tokens.take(patience=5):
            moments.append(clock.monotonic())
    for first in range(len(moments)):
        for last in range(first, len(moments)):
            allowed = burst + (moments[last] - moments[first]) * rate
            assert last - first + 1 <= allowed + 1e-6


def test__take__callers_that_wait_together__each_has_a_moment_of_its_own() -> None:
    slept: list[float] = []
    tokens = TokenBucket(rate=2.0, burst=1.0, monotonic=lambda: 0.0, sleep=slept.append)
    assert all(tokens.take(patience=10) for _ in range(4))
    assert [after - before for before, after in pairwise(slept)] == pytest.approx([0.5, 0.5])
