"""Tasks under every order of steps, cancels, retries and verdicts, with answers that get lost."""

import uuid
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from breakwater.domain.errors import BreakwaterError, StaleAttemptError, TaskSettledError
from breakwater.domain.events import EventType
from breakwater.domain.resolutions import Verdict
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Problem, Task
from breakwater.services.aftercare import Aftercare
from breakwater.services.cancel import Cancel
from breakwater.services.resolve import Resolve
from breakwater.services.retry import Retried, Retry
from breakwater.services.settle import Settlement
from tests.fakes.clock import FakeClock
from tests.fakes.engine import RecordingEngine
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW, a_task, attempt, claim

BESIDE = {EventType.TASK_RETRIED, EventType.TASK_RESOLVED}
PROBLEM = Problem(type="PermanentError", message="no")


class Healing(RuleBasedStateMachine):
    """Several tasks; whatever a step holds of one may be long out of date."""

    ids = Bundle("ids")
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.store, self.clock = MemoryExecutionStore(), FakeClock(NOW)
        self.engine = RecordingEngine()
        self.entered = 0
        self.ends: dict[str, Status] = {}
        settlement = Settlement(
            executions=self.store, clock=self.clock, retention=timedelta(days=30)
        )
        self.cancel = Cancel(
            executions=self.store,
            engine=self.engine,
            settlement=settlement,
            aftercare=Aftercare(executions=self.store, engine=self.engine),
            clock=self.clock,
        )
        self.settlement = settlement
        self.retry = Retry(executions=self.store, engine=self.engine, clock=self.clock)
        self.resolve = Resolve(executions=self.store, clock=self.clock)

    @rule(target=ids)
    def accept(self) -> str:
        return self.store.create(a_task(correlation_id=str(uuid.uuid4())), now=NOW).task_id

    @rule(target=held, task_id=ids)
    def claim(self, task_id: str) -> Task | None:
        self.entered += 1
        task = self.store.tasks[task_id]
        try:
            return claim(self.store, task, attempt(self.entered), now=self.clock.now(), due_at=NOW)
        except TaskSettledError:
            return None

    @rule(target=held, task=consumes(held))
    def intend(self, task: Task | None) -> Task | None:
        held: Task | None = self._step(
            task, lambda one: self.store.intend(one, {"effect": "x"}, now=NOW)
        )
        return held

    @rule(task=consumes(held), end=st.sampled_from([Status.SUCCESS, Status.FAILED]))
    def settle(self, task: Task | None, end: Status) -> None:
        outcome = Outcome(status=end, problem=PROBLEM)
        self._step(task, lambda one: self.settlement.end(one, outcome))

    @rule(task_id=ids)
    def cancelled(self, task_id: str) -> None:
        self._asked(lambda: self.cancel(task_id, by="user-1"))

    @rule(target=ids, task_id=ids)
    def retried(self, task_id: str) -> str:
        answer = self._asked(lambda: self.retry(task_id, by="user-1"))
        return answer.task.task_id if answer else task_id

    @rule(task_id=ids, verdict=st.sampled_from(Verdict))
    def resolved(self, task_id: str, verdict: Verdict) -> None:
        self._asked(lambda: self.resolve(task_id, verdict, "looked", by="operator-1"))

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @invariant()
    def nothing_overwrites_an_end(self) -> None:
        for task in self.store.tasks.values():
            if task.status.is_terminal:
                assert self.ends.setdefault(task.task_id, task.status) is task.status

    @invariant()
    def one_terminal_event_for_each_end_and_the_rest_in_order(self) -> None:
        for task in self.store.tasks.values():
            mine = [event for event in self.store.events if event.stream == task.task_id]
            ends = [event for event in mine if event.type not in BESIDE]
            assert len(ends) == int(task.status.is_terminal)
            assert [event.sequence for event in mine] == list(range(1, len(mine) + 1))
            assert task.sequence == len(mine)

    @invariant()
    def what_is_in_doubt_is_unknown(self) -> None:
        for task in self.store.tasks.values():
            if task.status.is_terminal and task.status is not Status.SUCCESS:
                assert (task.status is Status.UNKNOWN) is (task.intent is not None)

    @invariant()
    def retries_know_each_other_and_are_one(self) -> None:
        retries = [task for task in self.store.tasks.values() if task.retry_of]
        for new in retries:
            assert self.store.tasks[new.retry_of or ""].retried_as == new.task_id
        assert len({new.retry_of for new in retries}) == len(retries)

    @invariant()
    def nothing_that_may_have_happened_or_arrive_is_retried(self) -> None:
        for task in self.store.tasks.values():
            if task.retried_as and task.status is Status.UNKNOWN:
                assert task.resolution is not None
                assert task.resolution.outcome is Verdict.DID_NOT
                assert task.cancellation is None or task.cancellation.over_at <= self.clock.now()
            assert not (task.retried_as and task.status is Status.SUCCESS)

    def _step(self, task: Task | None, write: Any) -> Any:
        if task is None:
            return None
        try:
            return write(task)
        except StaleAttemptError:
            return None

    def _asked(self, ask: Any) -> Any:
        """Ask twice, as a client does whose first answer was lost: both answers are the same."""
        answers = []
        for _ in range(2):
            try:
                answers.append(ask())
            except BreakwaterError as error:
                answers.append(type(error))
        first, second = map(_told, answers)
        assert first == second
        return None if isinstance(answers[0], type) else answers[0]


def _told(answer: Any) -> Any:
    """Return what a client is told."""
    if isinstance(answer, Retried):
        return answer.task.task_id, answer.task.request_token, answer.by
    if isinstance(answer, Task):
        return answer.task_id, answer.status, answer.cancellation, answer.resolution
    return answer


TestHealing = Healing.TestCase
TestHealing.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
