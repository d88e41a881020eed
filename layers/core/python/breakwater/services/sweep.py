"""Look after the tasks, each minute, so that none of them is left lying.

Whatever dies, a Lambda, an execution, a reply, a sweep: a task that is unfinished is due sooner or
later, at its deadline at the latest. A task is taken before anything is done about it, and is due
again by the next minute's sweep, whatever comes of this one. There it stands behind those that have
waited for longer, so that one that cannot be mended keeps nobody waiting. Two sweeps at once share
the work.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from breakwater.domain.errors import BreakwaterError, StaleAttemptError
from breakwater.domain.tasks import Task
from breakwater.ports import Clock, DueTask, ExecutionStore
from breakwater.resilience.deadline import Deadline
from breakwater.services.reconcile import REPAIRS, Reconciler, Seen

PERIOD = timedelta(minutes=1)
"""How often a sweep comes."""
AGAIN = 0.75
"""After what part of that a task is due again that was looked at: by the next sweep."""
RUNNING_AGAIN = 5
"""After how many sweeps a task is due again whose execution was seen at work."""
LIMIT_SECONDS = 40.0
"""How long a sweep begins to look at tasks; its Lambda has a minute, until the next one comes."""
MOST = 5_000
"""How many tasks a sweep takes on."""
AT_ONCE = 8
"""How many of them are under way together: below botocore's ten connections."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look; `task` is how it stood before, if that could be read."""

    seen: Seen
    task: Task | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a sweep has found: how many tasks were due, and what came of them.

    `more` where there were more than a sweep takes on. Ages are in seconds, of unfinished tasks as
    they were found: the oldest one's, and how far the latest one was past its deadline. A task that
    cannot be read has none; it is among those that were seen FAULTY.
    """

    due: int
    more: bool
    seen: Counter[Seen] = field(default_factory=Counter)
    oldest_seconds: float = 0.0
    overdue_seconds: float = 0.0

    @property
    def repairs(self) -> int:
        """How many tasks were mended."""
        return sum(self.seen[seen] for seen in REPAIRS)

    def to_json(self) -> dict[str, Any]:
        """Return it for whoever reads the function's answer."""
        counts = {seen.value: count for seen, count in sorted(self.seen.items())}
        return {"due": self.due, "more": self.more, **counts}


class Sweep:
    """Looks at every task that is due."""

    def __init__(
        self,
        *,
        executions: ExecutionStore,
        reconciler: Reconciler,
        publish: Callable[[Report], None],
        clock: Clock,
        period: timedelta = PERIOD,
        limit_seconds: float = LIMIT_SECONDS,
        most: int = MOST,
    ) -> None:
        self._executions = executions
        self._reconciler = reconciler
        self._publish = publish
        self._clock = clock
        self._period = period
        self._limit = limit_seconds
        self._most = most

    def __call__(self) -> Report:
        """Sweep once: first what needs no question, then the rest, as fast as may be asked.

        Raises StorageUnavailableError where not even what is due can be read.
        """
        deadline = Deadline.after(self._limit, self._clock.monotonic)
        now = self._clock.now()
        due = self._executions.due(now=now, limit=self._most)
        looks = self._each(due.tasks, self._take, deadline)
        unasked = [look.task for look in looks if look.task and look.seen is Seen.UNASKED]
        asked = self._each(unasked, lambda task: self._ask(task, deadline), deadline)
        seen = Counter(look.seen for look in (*looks, *asked))
        del seen[Seen.UNASKED]
        report = Report(due=len(due.tasks), more=due.more, seen=seen, **_ages(looks, now))
        self._publish(report)
        return report

    def _each(
        self, items: Iterable[T], look: Callable[[T], Look], deadline: Deadline
    ) -> list[Look]:
        def one(item: T) -> Look:
            return Look(Seen.LEFT) if deadline.passed else look(item)

        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(one, items))

    def _take(self, due: DueTask) -> Look:
        try:
            task = self._executions.take_due(due, due_at=self._clock.now() + self._period * AGAIN)
        except StaleAttemptError:
            return Look(Seen.SETTLED)
        except Exception as error:  # whatever it is, the other tasks come next
            return Look(_faulty(due.task_id, error))
        if task.status.is_terminal:
            return self._looked(task, lambda t: self._reconciler.after(t, was_due=due.due_at))
        return self._looked(task, self._reconciler.look)

    def _ask(self, task: Task, deadline: Deadline) -> Look:
        patience = deadline.remaining
        look = self._looked(task, lambda task: self._reconciler.ask(task, patience=patience))
        if look.seen is Seen.RUNNING:
            self._looked(task, self._leave_alone)
        return look

    def _leave_alone(self, task: Task) -> Seen:
        later = min(task.deadline, self._clock.now() + self._period * RUNNING_AGAIN)
        self._executions.postpone(task, due_at=later)
        return Seen.RUNNING

    def _looked(self, task: Task, look: Callable[[Task], Seen]) -> Look:
        try:
            return Look(look(task), task)
        except StaleAttemptError:
            return Look(Seen.RUNNING, task)
        except Exception as error:  # whatever it is, the other tasks come next
            return Look(_faulty(task.task_id, error), task)


def _faulty(task_id: str, error: Exception) -> Seen:
    context = {"task_id": task_id}
    if isinstance(error, BreakwaterError):
        logger.warning("could not be looked at: %s", error, extra=context)
    else:
        logger.error("could not be looked at", exc_info=error, extra=context)
    return Seen.FAULTY


def _ages(looks: Iterable[Look], now: datetime) -> dict[str, float]:
    tasks = [look.task for look in looks if look.task and not look.task.status.is_terminal]
    return {
        "oldest_seconds": _longest(now - task.created_at for task in tasks),
        "overdue_seconds": _longest(now - task.deadline for task in tasks),
    }


def _longest(times: Iterable[timedelta]) -> float:
    return max([timedelta(), *times]).total_seconds()
