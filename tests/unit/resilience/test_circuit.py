import pytest

from breakwater.resilience.circuit import (
    BreakerSettings,
    Circuit,
    Mode,
    State,
    Way,
    open_for,
    retry_after,
    run_is_over,
    run_outlived,
    way,
)

NOW = 1_000_000.0
SETTINGS = BreakerSettings()


def circuit(**values: object) -> Circuit:
    return Circuit(service="jira", **values)  # type: ignore[arg-type]


def in_run(*, began: float = 30.0, last: float = 10.0, failures: int = 3) -> Circuit:
    return circuit(failures=failures, run_began_at=NOW - began, last_failure_at=NOW - last)


def forced(mode: Mode, until: float | None, **values: object) -> Circuit:
    return circuit(override_mode=mode, override_until=until, **values)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (circuit(), Way.PASS),
        (circuit(failures=4), Way.PASS),
        (circuit(failures=5, last_failure_at=NOW - SETTINGS.run_memory + 0.1), Way.TRIP),
        (circuit(failures=5, last_failure_at=NOW - SETTINGS.run_memory), Way.PASS),
        (circuit(state=State.OPEN, retry_at=NOW + 0.1), Way.REFUSE),
        (circuit(state=State.OPEN, retry_at=NOW), Way.CLAIM),
        (circuit(state=State.OPEN), Way.CLAIM),
        (circuit(state=State.HALF_OPEN), Way.RECLAIM),
        (circuit(state=State.HALF_OPEN, probe_owner="x", probe_until=NOW + 1), Way.REFUSE),
        (circuit(state=State.HALF_OPEN, probe_owner="x", probe_until=NOW), Way.RECLAIM),
        (forced(Mode.FORCED_OPEN, NOW + 1), Way.REFUSE),
        (forced(Mode.FORCED_CLOSED, NOW + 1, state=State.OPEN), Way.UNCOUNTED),
        (forced(Mode.FORCED_CLOSED, NOW + 1, failures=9), Way.UNCOUNTED),
        (forced(Mode.FORCED_OPEN, NOW), Way.LAPSE),
        (forced(Mode.FORCED_CLOSED, NOW - 1), Way.LAPSE),
        (forced(Mode.FORCED_CLOSED, None), Way.LAPSE),
    ],
)
def test__way(known: Circuit, expected: Way) -> None:
    assert way(known, SETTINGS, NOW) is expected


@pytest.mark.parametrize(
    ("known", "is_open"),
    [
        (circuit(), False),
        (circuit(state=State.OPEN), True),
        (circuit(state=State.HALF_OPEN), True),
        (forced(Mode.FORCED_OPEN, NOW), True),
        (forced(Mode.FORCED_CLOSED, NOW, state=State.OPEN), False),
    ],
)
def test__is_open(known: Circuit, is_open: bool) -> None:
    assert known.is_open is is_open


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        (circuit(state=State.OPEN, retry_at=NOW + 42), 42),
        (circuit(state=State.OPEN, retry_at=NOW - 42), 5),
        (circuit(state=State.HALF_OPEN, retry_at=NOW + 42, probe_until=NOW + 7), 7),
        (circuit(state=State.HALF_OPEN, probe_until=NOW + 0.5), 5),
        (forced(Mode.FORCED_OPEN, NOW + 300, state=State.OPEN, retry_at=NOW + 5), 300),
        (forced(Mode.FORCED_OPEN, None), 5),
    ],
)
def test__retry_after__never_less_than_a_window(known: Circuit, seconds: float) -> None:
    assert retry_after(known, SETTINGS, NOW) == seconds


@pytest.mark.parametrize(
    ("reopens", "shortest", "longest"),
    [(0, 60, 66), (1, 120, 132), (2, 240, 264), (3, 272, 300), (4, 272, 300), (5_000, 272, 300)],
)
def test__open_for__doubles_with_a_tenth_of_jitter_and_ends_at_its_limit(
    reopens: int, shortest: float, longest: float
) -> None:
    least, most = (open_for(SETTINGS, reopens, spread) for spread in (0.0, 1.0))
    assert shortest <= least < most <= longest
    assert most == pytest.approx(longest)


@pytest.mark.parametrize(
    ("run", "success", "over"),
    [
        (circuit(), None, True),
        (circuit(failures=3), None, True),
        (in_run(), None, False),
        (in_run(failures=0), None, True),
        (in_run(last=599.9, began=5_000), None, False),
        (in_run(last=600, began=700), None, True),
        (in_run(), NOW - 30, False),
        (in_run(), NOW - 29.9, True),
        (in_run(), NOW - 40, False),
    ],
)
def test__run__is_over_by_a_later_success_or_ten_quiet_minutes(
    run: Circuit, success: float | None, over: bool
) -> None:
    assert run_is_over(run, SETTINGS, now=NOW, last_success=success) is over


@pytest.mark.parametrize(
    ("known", "outlived"),
    [
        (in_run(), True),
        (circuit(), False),
        (circuit(run_began_at=NOW), False),
        (circuit(run_began_at=NOW - 30, state=State.OPEN), False),
        (circuit(run_began_at=NOW - 30, override_mode=Mode.FORCED_CLOSED), False),
    ],
)
def test__run_outlived__only_while_failures_count(known: Circuit, outlived: bool) -> None:
    assert run_outlived(known, NOW) is outlived
