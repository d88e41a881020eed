"""One look at a task: what is mended, and what is left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.errors import (
    EngineRefusedError,
    EngineUnavailableError,
    StaleAttemptError,
)
from breakwater.domain.executions import ExecutionStatus
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.services.reconcile import Seen
from tests.fakes.tasks import NOW
from tests.unit.services.sweeping import World

HOUR = 3600
ENDS = [status for status in ExecutionStatus if status.has_ended]


@pytest.fixture
def world() -> World:
    return World()


def both(world: World, task: Task) -> Seen:
    """Look at a task, and ask where that is needed."""
    reconciler = world.reconciler()
    seen = reconciler.look(world.task(task))
    return reconciler.ask(world.task(task), patience=0) if seen is Seen.UNASKED else seen


@pytest.mark.parametrize("size", [10, 10_000])
def test__never_started__is_started_with_its_own_name_and_bytes(world: World, size: int) -> None:
    task = world.accept(command={"text": "x" * size})
    apart = replace(task, input=b"")  # a large input stands apart: reading leaves it out
    assert world.reconciler().look(apart) is Seen.STARTED
    (started,) = world.engine.started
    assert (started.execution_name, started.input) == (task.execution_name, task.input)
    assert world.task(task) == task


def test__started_and_not_claimed_yet__is_started_again_which_changes_nothing(world: World) -> None:
    task = world.accept()
    world.engine.start(task)
    assert both(world, task) is Seen.STARTED
    assert {each.execution_name for each in world.engine.started} == {task.execution_name}


@pytest.mark.parametrize("status", ENDS)
def test__dead_before_its_first_claim__ends(world: World, status: ExecutionStatus) -> None:
    task = world.accept()
    world.dies(task, status)
    assert both(world, task) is Seen.ENDED
    assert (world.task(task).status, len(world.trail)) == (Status.FAILED, 1)


@pytest.mark.parametrize("status", ENDS)
@pytest.mark.parametrize(("intended", "end"), [(False, Status.FAILED), (True, Status.UNKNOWN)])
def test__execution_has_ended__so_does_the_task(
    world: World, status: ExecutionStatus, intended: bool, end: Status
) -> None:
    task = world.run()
    if intended:
        world.intend(task)
    world.dies(task, status, "States.DataLimitExceeded")
    assert both(world, task) is Seen.ENDED
    ended = world.task(task)
    assert ended.status is end
    # An effect in doubt leaves something to do.
    assert (ended.due_at is not None) is intended
    assert [each.task_id for each in world.engine.aftercare] == [task.task_id] * intended
    assert ended.problem is not None
    assert ended.problem.type == "ExecutionDiedError"
    assert status.value in ended.problem.message
    assert "States.DataLimitExceeded" in ended.problem.message
    assert len(world.trail) == 1
    assert world.ends == [(task.task_id, end)]


@pytest.mark.parametrize("status", [ExecutionStatus.RUNNING, ExecutionStatus.PENDING_REDRIVE])
def test__execution_is_at_work__task_stays(world: World, status: ExecutionStatus) -> None:
    task = world.run()
    world.dies(task, status)
    assert both(world, task) is Seen.RUNNING
    assert world.task(task) == task


def test__execution_unknown_to_the_engine__task_waits_for_its_deadline(world: World) -> None:
    task = world.run()
    del world.engine.executions[task.execution_name]
    assert both(world, task) is Seen.UNANSWERED
    assert world.task(task) == task
    world.clock.advance(HOUR)
    assert both(world, task) is Seen.EXPIRED


@pytest.mark.parametrize("intended", [False, True])
def test__deadline_passed__ends_first_and_stops_then(world: World, intended: bool) -> None:
    task = world.run()
    if intended:
        world.intend(task)
    world.clock.advance(HOUR)
    ended_when_stopped: list[Status] = []
    stop = world.engine.stop

    def spying(task: Task, *, why: str) -> None:
        ended_when_stopped.append(world.task(task).status)
        stop(task, why=why)

    world.engine.stop = spying  # type: ignore[method-assign]
    assert both(world, task) is Seen.EXPIRED
    end = Status.UNKNOWN if intended else Status.FAILED
    assert ended_when_stopped == [end]
    problem = world.task(task).problem
    assert problem is not None
    assert problem.type == "DeadlineExceededError"
    assert world.engine.executions[task.execution_name].status is ExecutionStatus.ABORTED
    assert world.engine.described == []


def test__deadline_not_quite_passed__task_stays(world: World) -> None:
    task = world.run()
    world.clock.advance(HOUR - 1)
    assert both(world, task) is Seen.RUNNING
    assert world.task(task) == task


def test__deadline_passed__says_what_it_was_waiting_for(world: World) -> None:
    task = world.run()
    problem = Problem(type="CircuitBreakerOpenError", message="the circuit of intune is open")
    world.executions.advance(replace(task, problem=problem), now=NOW)
    world.clock.advance(HOUR)
    both(world, task)
    ended = world.task(task).problem
    assert ended is not None
    assert "the circuit of intune is open" in ended.message


def test__engine_refuses_to_start__reported_until_the_deadline_and_failed_then(
    world: World,
) -> None:
    task = world.accept()
    world.engine.error = EngineRefusedError("StateMachineDoesNotExist")
    assert both(world, task) is Seen.REFUSED
    assert world.task(task) == task
    world.clock.advance(HOUR)
    assert both(world, task) is Seen.EXPIRED
    ended = world.task(task)
    assert ended.status is Status.FAILED
    assert ended.problem is not None
    assert ended.problem.message.startswith("not started by")


@pytest.mark.parametrize("error", [EngineUnavailableError("slow"), EngineRefusedError("no right")])
@pytest.mark.parametrize("pending", [True, False])
def test__engine_says_nothing__task_stays(world: World, error: Exception, pending: bool) -> None:
    task = world.accept() if pending else world.run()
    world.engine.error = error
    assert both(world, task) in {Seen.UNANSWERED, Seen.REFUSED}
    assert world.task(task) == task


def test__input_forgotten__nothing_is_started(world: World) -> None:
    task = world.accept()
    del world.executions.tasks[task.task_id]
    assert world.reconciler().look(replace(task, input=b"")) is Seen.SETTLED
    assert world.engine.started == []


def test__ended_meanwhile__nothing_is_written(world: World) -> None:
    task = world.run()
    as_read = world.task(task)
    done = Outcome(status=Status.SUCCESS, result={})
    world.executions.settle(task, done, now=NOW, expires_at=NOW + timedelta(days=1))
    world.dies(task, ExecutionStatus.SUCCEEDED)
    assert world.reconciler().ask(as_read, patience=0) is Seen.SETTLED
    assert world.reconciler().look(world.task(task)) is Seen.SETTLED
    assert world.task(task).status is Status.SUCCESS
    assert world.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__step_writes_meanwhile__is_left_to_it(world: World) -> None:
    task = world.run()
    as_read = world.task(task)
    world.intend(task)
    world.dies(task, ExecutionStatus.ABORTED)
    with pytest.raises(StaleAttemptError):
        world.reconciler().ask(as_read, patience=0)
    assert world.task(task).status is Status.RUNNING
    assert world.trail == []


def test__two_reconcilers_at_once__one_event(world: World) -> None:
    task = world.run()
    world.dies(task, ExecutionStatus.FAILED)
    as_read = world.task(task)
    first = world.reconciler().ask(as_read, patience=0)
    world.clock.advance(1)
    assert [first, world.reconciler().ask(as_read, patience=0)] == [Seen.ENDED, Seen.SETTLED]
    assert len(world.trail) == 1
