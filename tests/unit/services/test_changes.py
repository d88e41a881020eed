from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.changes import ChangeState
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.status import Status
from breakwater.services.changes import SOON_SECONDS
from breakwater.services.documenting import GIVE_UP
from tests.fakes.tasks import NOW
from tests.unit.services.documented import Documented

OPEN_CIRCUIT = CircuitBreakerOpenError("servicenow", retry_after=60)
NOT_SENT = TransientError("503", may_have_applied=False)
IN_DOUBT = TransientError("no answer")
REFUSED = PermanentError("403")
MISSING = ConfigurationError("servicenow's secret lacks 'password'")
BUG = ValueError("a bug")


@pytest.fixture
def one() -> Documented:
    return Documented()


def failing(one: Documented, *errors: Exception | None, on: str = "open") -> None:
    """Let the next calls of that name fail before anything has happened."""
    left = list(errors)

    def before(name: str) -> None:
        if name == on and left and (error := left.pop(0)) is not None:
            raise error

    one.desk.before = before


def losing(one: Documented, *errors: Exception, on: str = "open") -> None:
    """Let the next calls of that name fail after the effect has happened."""
    left = list(errors)

    def after(name: str) -> None:
        if name == on and left:
            raise left.pop(0)

    one.desk.after = after


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
