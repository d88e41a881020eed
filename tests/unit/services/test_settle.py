import pytest

from breakwater.domain.aftercare import LOOK_AFTER
from breakwater.domain.attempts import Attempt
from breakwater.domain.cancellations import AtVendor
from breakwater.domain.errors import TransientError
from breakwater.domain.progress import Done, InProgress, Next, Progress
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from breakwater.services.runs import StepRun
from breakwater.services.settle import SettleUnfinished
from tests.fakes.tasks import NOW, attempt, step_event
from tests.unit.services.conftest import Bench


def settle(bench: Bench, error_type: str, by: Attempt = attempt(9)) -> Next:  # noqa: B008 - frozen
    unfinished = SettleUnfinished(
        executions=bench.executions, clock=bench.clock, settlement=bench.settlement
    )
    return unfinished(step_event(bench.task, by), error_type).next


def test__retries_used_up__failed_with_the_last_reason(bench: Bench) -> None:
    def work(_: StepRun) -> Progress:
        raise TransientError("intune answered 503", service="intune", status_code=503)

    with pytest.raises(TransientError):
        bench.run(work)
    assert settle(bench, "TransientError") is Next.FAIL
    assert bench.task.status is Status.FAILED
    assert bench.task.problem is not None
    assert bench.task.problem.message == "intune answered 503"
    assert bench.trail == ["CONNECTOR_DEPLOY_FAILED"]


def test__killed_each_time__failed_by_what_killed_it(bench: Bench) -> None:
    settle(bench, "Sandbox.Timedout")
    assert bench.task.problem is not None
    assert bench.task.problem.type == "Sandbox.Timedout"


def test__retries_used_up_while_the_vendor_is_at_work__is_asked_to_stop(bench: Bench) -> None:
    bench.run(lambda _: InProgress({"job": 1}))
    settle(bench, "TransientError")
    assert bench.task.status is Status.FAILED
    assert bench.task.cancellation is not None
    assert bench.task.cancellation.at_vendor is AtVendor.PENDING
    assert bench.task.due_at == NOW + LOOK_AFTER


def test__effect_in_doubt__unknown(bench: Bench) -> None:
    def work(run: StepRun) -> Progress:
        with run.effect("assign"):
            raise TransientError("reset")

    with pytest.raises(TransientError):
        bench.run(work)
    settle(bench, "TransientError")
    assert bench.task.status is Status.UNKNOWN
    assert bench.trail == ["TASK_OUTCOME_UNKNOWN"]


def test__ended_meanwhile__is_left_as_it_is(bench: Bench) -> None:
    bench.run(lambda _: Done({}))
    assert settle(bench, "States.Timeout") is Next.SUCCEED
    assert bench.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__outcome__must_be_an_end() -> None:
    with pytest.raises(ValueError, match="not an end"):
        Outcome(status=Status.RUNNING)


def test__settled_task__is_not_due(bench: Bench) -> None:
    settle(bench, "States.Timeout")
    assert bench.task.due_at is None
    assert bench.task.updated_at == NOW
