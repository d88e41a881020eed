"""Change records before the deployment: opened once, found again, or left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.changes import ChangeState
from breakwater.domain.status import Status
from breakwater.services.changes import SOON_SECONDS
from tests.fakes.tasks import NOW
from tests.unit.services.documented import (
    BUG,
    IN_DOUBT,
    MISSING,
    NOT_SENT,
    OPEN_CIRCUIT,
    REFUSED,
    Documented,
    failing,
    losing,
)


def test__opening__has_its_own_short_time(one: Documented) -> None:
    one.invoke()

    assert one.desk.seconds_left == [SOON_SECONDS]


@pytest.mark.parametrize("error", [OPEN_CIRCUIT, NOT_SENT, IN_DOUBT, REFUSED, MISSING, BUG])
def test__opening__fails__the_deployment_goes_on_at_once(one: Documented, error: Exception) -> None:
    failing(one, error)
    one.invoke()

    assert one.task.status is Status.SUCCESS
    assert one.clock.now() == NOW
    assert one.record.error is not None
    assert one.desk.calls == ["open"]


@pytest.mark.parametrize("error", [OPEN_CIRCUIT, NOT_SENT])
def test__opening__was_not_sent__is_opened_after_the_end(one: Documented, error: Exception) -> None:
    failing(one, error)
    one.run()

    assert one.desk.calls == ["open", "open", "update"]
    assert (one.record.state, one.record.error) == (ChangeState.CLOSED, None)


@pytest.mark.parametrize("error", [IN_DOUBT, BUG])
def test__opening__answer_is_lost__is_found_and_not_opened_again(
    one: Documented, error: Exception
) -> None:
    one.desk.lag = timedelta(minutes=5)
    losing(one, error)
    one.run()

    assert one.desk.calls == ["open", "find", "find", "update"]
    assert len(one.desk.opened) == 1
    assert one.record.state is ChangeState.CLOSED
    assert one.clock.now() - NOW >= one.desk.lag


def test__opening__tried_before_there_were_marks__is_found_by_the_tasks_id(
    one: Documented,
) -> None:
    losing(one, IN_DOUBT)
    one.go_on(one.invoke())
    [(change, at)] = one.desk.opened
    one.desk.opened = [(replace(change, mark=change.task_id), at)]
    old = replace(one.record, handle=None)
    one.executions.tasks[one.task_id] = replace(one.task, change=old)
    one.run()

    assert one.desk.calls == ["open", "find", "update"]
    assert one.record.state is ChangeState.CLOSED


def test__opening__in_doubt__names_what_to_look_for(one: Documented) -> None:
    losing(one, IN_DOUBT)
    one.invoke()

    assert (one.record.state, one.record.handle) == (
        ChangeState.OPENING,
        {"mark": one.execution},
    )


def test__opening__in_doubt_and_certainly_absent__is_opened_once_more(one: Documented) -> None:
    failing(one, IN_DOUBT)
    one.run()

    assert one.desk.calls == ["open", "find", "find", "open", "update"]
    assert len(one.desk.opened) == 1


def test__opening__nobody_can_tell__is_unknown_and_the_deployment_is_not(one: Documented) -> None:
    one.desk.can_tell = False
    losing(one, IN_DOUBT)
    one.run()

    assert one.task.status is Status.SUCCESS
    assert one.record.state is ChangeState.UNKNOWN
    assert (one.record.error or {})["type"] == "OutcomeUnknownError"
    assert len(one.desk.opened) == 1


@pytest.mark.parametrize("error", [REFUSED, MISSING])
def test__opening__refused__is_failed_and_left_alone(one: Documented, error: Exception) -> None:
    failing(one, error)
    one.run()

    assert one.record.state is ChangeState.FAILED
    assert one.record.error == {"type": type(error).__name__, "message": str(error)}
    assert one.desk.calls == ["open"]


def test__look_up__refused__is_unknown(one: Documented) -> None:
    losing(one, IN_DOUBT)
    failing(one, REFUSED, on="find")
    one.run()

    assert one.record.state is ChangeState.UNKNOWN
