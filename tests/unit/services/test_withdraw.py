"""What a vendor is asked after a task was ended from outside, and what is noted of its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.aftercare import cancellation_of, is_needed
from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.cancellations import AtVendor, Cancellation
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    StaleAttemptError,
    StorageUnavailableError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.progress import (
    Absent,
    Directive,
    Found,
    Lookup,
    Next,
    NotVisibleYet,
    Undecidable,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome, Task
from breakwater.ports import Run
from breakwater.services.ended import EndedRuns
from breakwater.services.waits import Waits
from breakwater.services.withdrawing import LOOK_AGAIN, Withdraw
from tests.fakes.clock import FakeClock
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_task, attempt, claim, step_event

SICK = TransientError("answered 503", service="intune", status_code=503)
INTENT = {"effect": "launch", "at": "2026-11-23T12:00:00+00:00"}


class Vendor:
    """The part of ports.Connector that a withdrawal asks."""

    def __init__(self) -> None:
        self.stops = True
        self.found: Lookup = Found({"job_id": 9})
        self.errors: list[Exception] = []
        self.asked: list[Mapping[str, Any]] = []

    def find_effect(
        self, run: Run, payload: Mapping[str, Any], intent: Mapping[str, Any]
    ) -> Lookup:
        return self.found

    def cancel(self, run: Run, payload: Mapping[str, Any], handle: Mapping[str, Any]) -> bool:
        if self.errors:
            raise self.errors.pop(0)
        self.asked.append(handle)
        return self.stops


@dataclass
class Aftermath:
    """A task that was cancelled, and the state that asks its vendor."""

    known: Mapping[str, Any]
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    store: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
    vendor: Vendor = field(default_factory=Vendor)
    entered: int = 100

    def __post_init__(self) -> None:
        self.task_id = self.store.create(a_task(), now=NOW).task_id
        self.store.advance(replace(claim(self.store, self.task), **self.known), now=NOW)
        cancellation = cancellation_of(self.task, by="user-1", at=NOW)
        outcome = Outcome(status=Status.CANCELLED, cancellation=cancellation)
        self.store.end(self.task, outcome, now=NOW, expires_at=NOW + timedelta(days=30))

    @property
    def task(self) -> Task:
        return self.store.tasks[self.task_id]

    @property
    def mark(self) -> Cancellation:
        assert self.task.cancellation is not None
        return self.task.cancellation

    def withdraw(self, store: Any = None) -> Directive:
        store = store or self.store
        self.entered += 1
        runs = EndedRuns(
            executions=store, leases=MemoryLeaseStore(), clock=self.clock, soft_limit_seconds=300
        )
        waits = Waits(self.clock, poll_interval_seconds=30, spread=lambda: 0.0)
        connector: Callable[[str], Any] = lambda _: self.vendor  # noqa: E731 - typed
        withdraw = Withdraw(connectors=connector, runs=runs, clock=self.clock, waits=waits)
        return withdraw(step_event(self.task, attempt(self.entered)), {})

    def run(self, steps: int = 200) -> int:
        """Withdraw until there is no more to do, as the machine does; return how often."""
        for step in range(1, steps):
            directive = self.withdraw()
            if directive.next is not Next.WITHDRAW:
                return step
            assert directive.resume_at is not None
            assert directive.resume_at > self.clock.now()
            self.clock.advance((directive.resume_at - self.clock.now()).total_seconds())
        raise AssertionError("no end in sight")


@pytest.mark.parametrize(
    ("stops", "says"), [(True, AtVendor.STOPPED), (False, AtVendor.NOT_POSSIBLE)]
)
def test__withdraw__vendor_is_at_work__is_asked_once_and_its_answer_noted(
    stops: bool, says: AtVendor
) -> None:
    one = Aftermath({"handle": {"job_id": 7}})
    one.vendor.stops = stops
    assert one.run() == 1
    assert one.mark.at_vendor is says
    assert one.vendor.asked == [{"job_id": 7}]
    assert one.task.status is Status.CANCELLED
    assert one.run() == 1
    assert len(one.vendor.asked) == 1


@pytest.mark.parametrize(
    ("found", "says", "asked"),
    [
        (Found({"job_id": 9}), AtVendor.STOPPED, [{"job_id": 9}]),
        (Undecidable("it keeps no record"), AtVendor.UNKNOWN, []),
    ],
)
def test__withdraw__effect_in_doubt__is_looked_for_first(
    found: Lookup, says: AtVendor, asked: list[Any]
) -> None:
    one = Aftermath({"intent": INTENT})
    one.vendor.found = found
    assert one.run() == 1
    assert (one.mark.at_vendor, one.vendor.asked) == (says, asked)


def test__withdraw__nothing_there_yet__is_looked_for_until_its_step_must_be_over() -> None:
    one = Aftermath({"intent": INTENT})
    one.vendor.found = Absent()
    assert 5 < one.run() < 20
    assert one.mark.at_vendor is AtVendor.NOTHING
    assert one.clock.now() == NOW + HARD_LIMIT


def test__withdraw__arrives_after_the_end__is_stopped_all_the_same() -> None:
    one = Aftermath({"intent": INTENT})
    one.vendor.found = Absent()
    directive = one.withdraw()
    assert (directive.next, one.mark.at_vendor) == (Next.WITHDRAW, AtVendor.PENDING)
    assert directive.resume_at == NOW + LOOK_AGAIN
    one.vendor.found = Found({"job_id": 9})  # the step's request was on its way
    one.clock.advance(LOOK_AGAIN.total_seconds())
    assert one.run() == 1
    assert (one.mark.at_vendor, one.vendor.asked) == (AtVendor.STOPPED, [{"job_id": 9}])


def test__withdraw__effect_may_still_show__waits_until_it_would() -> None:
    one = Aftermath({"intent": INTENT})
    until = NOW + timedelta(minutes=6)
    one.vendor.found = NotVisibleYet(until)
    assert one.withdraw() == Directive(Next.WITHDRAW, until)
    before = one.mark
    one.vendor.found = Absent()
    one.run()
    assert [before.at_vendor, one.mark.at_vendor] == [AtVendor.PENDING, AtVendor.NOTHING]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (SICK, 10),
        (ThrottledError("slow down", retry_after=70), 70),
        (CircuitBreakerOpenError("intune", retry_after=50), 50),
    ],
)
def test__withdraw__fails__goes_on_later(error: Exception, seconds: float) -> None:
    one = Aftermath({"handle": {"job_id": 7}})
    one.vendor.errors = [error]
    directive = one.withdraw()
    assert directive == Directive(Next.WITHDRAW, NOW + timedelta(seconds=seconds))
    before = one.mark
    assert (before.failures, before.at_vendor) == (1, AtVendor.PENDING)
    assert before.error == {"type": type(error).__name__, "message": str(error)}
    one.run()
    after = one.mark
    assert (after.at_vendor, after.error) == (AtVendor.STOPPED, None)


def test__withdraw__never_answers__gives_up_within_the_hour() -> None:
    one = Aftermath({"handle": {"job_id": 7}})
    one.vendor.errors = [SICK] * 200
    assert 10 < one.run() < 40
    assert one.mark.at_vendor is AtVendor.FAILED
    assert one.clock.now() <= NOW + timedelta(hours=1)
    assert not is_needed(one.task, now=one.clock.now())


@pytest.mark.parametrize("error", [PermanentError("403"), ConfigurationError("no token")])
def test__withdraw__refused__is_not_asked_again(error: Exception) -> None:
    one = Aftermath({"handle": {"job_id": 7}})
    one.vendor.errors = [error]
    assert one.run() == 1
    assert one.mark.at_vendor is AtVendor.FAILED


def test__withdraw__something_unforeseen__goes_on_and_says_nothing_of_it() -> None:
    one = Aftermath({"handle": {"job_id": 7}})
    one.vendor.errors = [KeyError("secret")]
    one.withdraw()
    assert one.mark.error == {"type": "InternalError", "message": "the vendor could not be asked"}


def test__withdraw__older_attempt__is_stale() -> None:
    one = Aftermath({"handle": {"job_id": 7}})
    one.withdraw()
    one.entered = 50
    with pytest.raises(StaleAttemptError):
        one.withdraw()


def test__withdraw__storage_does_not_take_it__is_asked_again() -> None:
    one = Aftermath({"handle": {"job_id": 7}})

    class Forgetful(MemoryExecutionStore):
        def note_cancellation(self, task: Task, *, now: Any) -> Task:
            raise StorageUnavailableError("no answer")

    forgetful = Forgetful()
    forgetful.tasks = one.store.tasks
    with pytest.raises(StorageUnavailableError):
        one.withdraw(forgetful)
    one.run()
    assert one.mark.at_vendor is AtVendor.STOPPED
    assert len(one.vendor.asked) == 2  # twice is as good as once
