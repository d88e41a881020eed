from datetime import timedelta

import pytest

from breakwater.domain.aftercare import LOOK_AFTER
from breakwater.domain.attempts import HARD_LIMIT, OnOpenCircuit
from breakwater.domain.cancellations import AtVendor, Effect
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    OutcomeUnknownError,
    ParkedError,
    PartialFailureError,
    PermanentError,
    ResourceBusyError,
    StaleAttemptError,
    StorageUnavailableError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.progress import Done, InProgress, Next, Progress
from breakwater.domain.status import Status
from breakwater.services.runs import StepRun
from breakwater.services.steps import RETRY_LIMIT
from tests.fakes.tasks import NOW, attempt
from tests.unit.services.conftest import Bench, done, failing


def test__done__success_with_one_event(bench: Bench) -> None:
    assert bench.run(done).next is Next.SUCCEED
    assert (bench.task.status, bench.task.result) == (Status.SUCCESS, {"ok": True})
    assert bench.trail == ["CONNECTOR_DEPLOY_SUCCESS"]
    assert bench.task.expires_at == NOW + timedelta(days=30)


def test__in_progress__polls_after_the_interval_with_the_handle(bench: Bench) -> None:
    directive = bench.run(lambda _: InProgress({"job": 1}))
    assert directive.next is Next.POLL
    assert directive.resume_at is not None
    assert timedelta(seconds=30) <= directive.resume_at - NOW <= timedelta(seconds=45)
    assert (bench.task.status, bench.task.handle) == (Status.RUNNING, {"job": 1})
    assert bench.task.due_at == min(bench.task.deadline, directive.resume_at + HARD_LIMIT)


def test__transient__retrying_with_the_reason_and_raised_by_its_name(bench: Bench) -> None:
    class OddError(TransientError):
        pass

    with pytest.raises(TransientError) as caught:
        bench.run(failing(OddError("503", service="intune", status_code=503)))
    assert type(caught.value) is TransientError
    assert bench.task.status is Status.RETRYING
    assert bench.task.problem is not None
    assert bench.task.problem.status_code == 503
    assert bench.task.due_at == NOW + RETRY_LIMIT + HARD_LIMIT
    assert bench.trail == []


def test__transient_then_done__second_attempt_and_no_error_left(bench: Bench) -> None:
    with pytest.raises(TransientError):
        bench.run(failing(TransientError("503")))
    bench.run(done, by=attempt(1, retry=1))
    assert (bench.task.status, bench.task.attempt) == (Status.SUCCESS, 2)
    assert bench.task.problem is None


def test__permanent__failed_at_once(bench: Bench) -> None:
    directive = bench.run(failing(PermanentError("404", service="intune", status_code=404)))
    assert directive.next is Next.FAIL
    assert bench.task.status is Status.FAILED
    assert bench.task.problem is not None
    assert bench.task.problem.type == "PermanentError"
    assert bench.trail == ["CONNECTOR_DEPLOY_FAILED"]


def test__partial_failure__failed_with_what_was_done(bench: Bench) -> None:
    bench.run(failing(PartialFailureError("1 failed", service="intune", result={"failed": 1})))
    assert (bench.task.status, bench.task.result) == (Status.FAILED, {"failed": 1})


def test__configuration__failed_and_says_what(bench: Bench) -> None:
    bench.run(failing(ConfigurationError("intune is not configured")))
    assert bench.task.problem is not None
    assert bench.task.problem.message == "intune is not configured"


def test__unexpected__failed_with_event_logged_whole_and_told_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    assert bench.run(failing(ZeroDivisionError("secret"))).next is Next.FAIL
    assert bench.task.problem is not None
    assert bench.task.problem.type == "InternalError"
    assert "secret" not in bench.task.problem.message
    assert bench.trail == ["CONNECTOR_DEPLOY_FAILED"]
    assert any(record.exc_info for record in caplog.records)


def test__outcome_unknown__unknown(bench: Bench) -> None:
    assert bench.run(failing(OutcomeUnknownError("who knows"))).next is Next.FAIL
    assert bench.task.status is Status.UNKNOWN
    assert bench.trail == ["TASK_OUTCOME_UNKNOWN"]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ThrottledError("429", retry_after=120.0), 120),
        (ResourceBusyError("intune/a", held_until=NOW), 30),
        (ParkedError("later", until=NOW + timedelta(seconds=77)), 77),
    ],
)
@pytest.mark.parametrize("state", [Next.SUBMIT, Next.POLL])
def test__wait__parked_in_its_state_without_costing_an_attempt(
    bench: Bench, error: Exception, seconds: int, state: Next
) -> None:
    directive = bench.run(failing(error), state=state)
    assert directive.next is state
    assert directive.resume_at is not None
    waited = (directive.resume_at - NOW).total_seconds()
    assert seconds <= waited <= seconds + 15
    assert (bench.task.status, bench.task.retry_at) == (Status.RETRYING, directive.resume_at)
    bench.run(done, by=attempt(200))
    assert bench.task.attempt == 1


def test__wait_past_the_deadline__ends_there(bench: Bench) -> None:
    directive = bench.run(failing(ThrottledError("429", retry_after=86_400.0)))
    assert directive.resume_at == bench.task.deadline


def test__deadline_passed__failed_without_work(bench: Bench) -> None:
    bench.clock.advance(3600)
    bench.run(failing(AssertionError("must not run")), by=attempt(3600))
    assert bench.task.status is Status.FAILED
    assert bench.task.problem is not None
    assert bench.task.problem.type == "DeadlineExceededError"


def test__deadline_passed_while_the_vendor_works__says_so(bench: Bench) -> None:
    bench.run(lambda _: InProgress({"job": 1}))
    bench.clock.advance(3600)
    bench.run(done, by=attempt(3600), state=Next.POLL)
    assert bench.task.problem is not None
    assert "still at work" in bench.task.problem.message


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (CircuitBreakerOpenError("intune", retry_after=60), True),
        (ValueError("a bug"), True),
        (PermanentError("gone"), False),
        (PartialFailureError("some failed", service="intune", result={}), False),
    ],
)
def test__ended_while_the_vendor_is_at_work__is_asked_to_stop_unless_it_has_ended_it(
    bench: Bench, error: Exception, left: bool
) -> None:
    bench.run(lambda _: InProgress({"job": 1}))
    step = bench.step(attempt(60), OnOpenCircuit.FAIL)
    bench.runner(step, Next.POLL, failing(error))
    assert bench.task.status is Status.FAILED
    assert bench.task.due_at == (NOW + LOOK_AFTER if left else None)
    if not left:
        assert bench.task.cancellation is None
        return
    assert bench.task.cancellation is not None
    assert bench.task.cancellation.by is None
    assert bench.task.cancellation.effect is Effect.ACCEPTED
    assert bench.task.cancellation.at_vendor is AtVendor.PENDING


def test__ended_before_the_vendor_had_anything__leaves_nothing(bench: Bench) -> None:
    bench.run(failing(ValueError("a bug")))
    assert (bench.task.status, bench.task.cancellation) == (Status.FAILED, None)
    assert bench.task.due_at is None


def test__step_deadline__is_the_soft_limit_or_what_the_task_has_left(bench: Bench) -> None:
    seen = []

    def work(run: StepRun) -> Progress:
        seen.append(run.deadline.remaining)
        return InProgress({})

    bench.run(work)
    bench.clock.advance(3500)
    bench.run(work, by=attempt(3500))
    assert seen == [300, 100]


def test__storage_unavailable__is_left_to_the_state_machine(bench: Bench) -> None:
    with pytest.raises(StorageUnavailableError):
        bench.run(failing(StorageUnavailableError("slow")))
    assert bench.task.status is Status.RUNNING


def test__ended_already__nothing_runs(bench: Bench) -> None:
    bench.run(done)
    directive = bench.run(failing(AssertionError("must not run")), by=attempt(2))
    assert directive.next is Next.SUCCEED
    assert bench.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__killed_after_its_claim__the_next_attempt_goes_on(bench: Bench) -> None:
    def killed(_: StepRun) -> Progress:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.run(killed)
    assert bench.task.status is Status.RUNNING
    assert bench.run(done, by=attempt(1, retry=1)).next is Next.SUCCEED


def test__overtaken_while_working__changes_nothing(bench: Bench) -> None:
    def work(_: StepRun) -> Progress:
        bench.run(done, by=attempt(2))
        return Done({"late": True})

    with pytest.raises(StaleAttemptError):
        bench.run(work)
    assert bench.task.result == {"ok": True}
    assert bench.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__older_attempt__does_not_run(bench: Bench) -> None:
    bench.run(lambda _: InProgress({}), by=attempt(5))
    with pytest.raises(StaleAttemptError):
        bench.run(failing(AssertionError("must not run")), by=attempt(4))
