"""Change records: closed after the deployment that they are of, whatever their system does."""

from datetime import timedelta

import pytest

from breakwater.domain.changes import ChangeState
from breakwater.domain.errors import (
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.status import Status
from breakwater.services.documenting import GIVE_UP
from tests.fakes.tasks import NOW
from tests.unit.services.documented import (
    IN_DOUBT,
    NOT_SENT,
    OPEN_CIRCUIT,
    REFUSED,
    Documented,
    failing,
    losing,
)


def test__change__all_is_well__is_opened_before_and_closed_after(one: Documented) -> None:
    one.run()

    assert one.desk.calls == ["open", "update"]
    assert one.desk.notes == [("SUCCESS", True)]
    assert one.record.state is ChangeState.CLOSED
    assert (one.record.handle or {})["key"] == "CHG1"
    assert one.transitions == ["Document", "End"]
    [(change, _)] = one.desk.opened
    assert (change.task_id, change.mark) == (one.task_id, one.task.execution_name)
    assert change.summary == "Company Portal"
    assert one.task_id in change.description


def test__change__of_a_failed_deployment__says_so(one: Documented) -> None:
    one.connector.error = PermanentError("the app is not published")
    one.run()

    assert one.task.status is Status.FAILED
    assert one.desk.notes == [("FAILED: PermanentError: the app is not published", False)]
    assert one.record.state is ChangeState.CLOSED


def test__change__of_a_deployment_that_settle_ends__says_so(one: Documented) -> None:
    one.connector.error = TransientError("503")
    one.run()

    assert one.transitions == ["Settle", "Document", "End"]
    assert one.desk.notes == [("FAILED: TransientError: 503", False)]
    assert len(one.desk.opened) == 1


def test__end__does_not_wait_for_the_records_update(one: Documented) -> None:
    directive = one.invoke()

    assert one.task.status is Status.SUCCESS
    assert one.desk.notes == []
    one.go_on(directive)
    before = one.task
    one.run()
    assert (one.task.status, one.task.result, one.task.problem) == (
        before.status,
        before.result,
        before.problem,
    )
    assert one.task.revision > before.revision  # who polls with an ETag sees the record close
    assert len(one.executions.events) == 1


@pytest.mark.parametrize("error", [OPEN_CIRCUIT, IN_DOUBT, ThrottledError("429", retry_after=90)])
def test__update__fails_for_a_while__is_made_later(one: Documented, error: Exception) -> None:
    failing(one, error, error, on="update")
    one.run()

    assert one.desk.calls == ["open", "update", "update", "update"]
    assert (one.record.state, one.record.error) == (ChangeState.CLOSED, None)


def test__update__refused__stays_opened_with_the_reason(one: Documented) -> None:
    failing(one, REFUSED, on="update")
    one.run()

    assert one.record.state is ChangeState.OPENED
    assert (one.record.error or {})["message"] == "403"
    assert one.desk.calls == ["open", "update"]


@pytest.mark.parametrize(
    ("on", "error", "state"),
    [
        ("update", IN_DOUBT, ChangeState.OPENED),
        ("open", OPEN_CIRCUIT, ChangeState.FAILED),
        ("find", OPEN_CIRCUIT, ChangeState.UNKNOWN),
    ],
)
def test__system__is_gone_for_good__is_given_up_after_an_hour(
    one: Documented, on: str, error: Exception, state: ChangeState
) -> None:
    if on == "find":
        losing(one, IN_DOUBT)
    failing(one, *[error] * 500, on=on)
    one.run()

    assert one.task.status is Status.SUCCESS
    assert one.record.state is state
    assert GIVE_UP - timedelta(minutes=10) < one.clock.now() - NOW <= GIVE_UP
    assert len(one.transitions) <= 120


def test__system__hangs__pauses_grow(one: Documented) -> None:
    failing(one, *[IN_DOUBT] * 500, on="update")
    one.run()

    assert len(one.transitions) < 20


def test__submit__is_repeated__opens_nothing_again(one: Documented) -> None:
    one.connector.error = TransientError("503")
    failing(one, NOT_SENT)
    with pytest.raises(TransientError):
        one.invoke()
    one.failed()
    with pytest.raises(TransientError):
        one.invoke()

    assert one.desk.calls == ["open"]


def test__document__again_after_it_was_closed__does_nothing(one: Documented) -> None:
    one.run()
    one.state, one.entered = "Document", one.entered + 1
    one.go_on(one.invoke())

    assert one.desk.calls == ["open", "update"]
