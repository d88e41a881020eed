"""Accepting at scale: the real Accept and the real sweeper, with clients that ask until they know.

Every environment of the API takes a request a second. For two of the five seconds the table
throttles half of all writes and loses some answers; Step Functions starts as many executions as its
quota lets it, and the others are the sweeper's.
Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from breakwater.adapters.dynamodb.keys import shard
from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import EngineUnavailableError, StorageUnavailableError
from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.resilience.tokens import TokenBucket
from breakwater.services.accept import Accept
from breakwater.services.aftercare import Aftercare
from breakwater.services.quota import Quota
from breakwater.services.reconcile import Reconciler
from breakwater.services.settle import Settlement
from breakwater.services.sweep import Sweep
from breakwater.wiring.sweep import BURST_SECONDS
from infra.stage import Stage
from tests.benchmarks.simulation.kernel import Kernel
from tests.fakes.engine import RecordingEngine
from tests.fakes.silence import silence
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import a_request

SECONDS = 5.0
THROTTLED = (2.0, 4.0)
REFUSED, LOST = 0.5, 0.02
STARTS_BURST, STARTS_A_SECOND = 1_300, 300
QUESTIONS = Stage(name="any", services={}).describes_per_second
RETRY_AFTER = 2.0
MINUTE = 60.0
MOST_MINUTES = 120
TITLE = (
    "| environments | requests | answered 503 | accepted | started at once | by the sweeper "
    "| sweeper done after | lost | started twice | calls to AWS for one accepted "
    "| writes/s on one shard of `due`: most |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What one run has shown."""

    environments: int
    requests: int
    refused: int
    accepted: int
    at_once: int
    swept: int
    swept_after: float
    """Minutes."""
    lost: int
    twice: int
    calls: int
    """To DynamoDB and Step Functions while clients waited."""
    peak_shard: int


class Table(MemoryExecutionStore):
    """Executions on a table that throttles for a while."""

    def __init__(self, kernel: Kernel, chance: Random) -> None:
        super().__init__()
        self._kernel, self._chance = kernel, chance
        self.calls = 0
        self.puts: Counter[tuple[int, int]] = Counter()
        """By second and shard of `due`."""

    def create(self, task: Task, *, now: datetime, alone: str | None = None) -> Task:
        self.calls += 1
        self._kernel.sleep(self._one_way())
        begins, ends = THROTTLED
        in_trouble = begins <= self._kernel.elapsed < ends
        if in_trouble and self._chance.random() < REFUSED:
            raise StorageUnavailableError("throttled")
        standing = super().create(task, now=now, alone=alone)
        self.puts[int(self._kernel.elapsed), shard(task.task_id)] += 1
        self._kernel.sleep(self._one_way())
        if in_trouble and self._chance.random() < LOST:
            raise StorageUnavailableError("not answered")
        return standing

    def _one_way(self) -> float:
        return 0.002 + self._chance.expovariate(1_000)


class Engine(RecordingEngine):
    """Step Functions with its quota of starts."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self._kernel = kernel
        self._quota = TokenBucket(
            rate=STARTS_A_SECOND, burst=STARTS_BURST, monotonic=kernel.monotonic, sleep=kernel.sleep
        )
        self.calls = 0
        self.patience = 0.0
        """How long a start may wait for its turn: a client does not, a sweep does."""
        self.times: Counter[str] = Counter()
        """How often each task was started, whatever the execution's name."""

    def start(self, task: Task) -> bool:
        self.calls += 1
        self._kernel.sleep(0.01)
        if not self._quota.take(patience=self.patience):
            raise EngineUnavailableError("throttled")
        if task.execution_name not in self.executions:
            self.times[task.task_id] += 1
        self.executions[task.execution_name] = Execution(ExecutionStatus.RUNNING)
        return True


MOST_UNFINISHED = 10_000
"""The cap on a user's tasks stays out of the way."""


def run(environments: int, *, seed: int) -> Accepted:
    """Let a fleet accept, then sweep until all is started."""
    kernel, chance = Kernel(), Random(seed)  # noqa: S311 - a simulation's
    table, engine = Table(kernel, chance), Engine(kernel)
    quota = Quota(table, most=MOST_UNFINISHED)
    accept = Accept(executions=table, engine=engine, quota=quota, clock=kernel)
    answers = Counter[str]()
    told: dict[str, str] = {}
    """Task ids by idempotency key: what clients were promised."""
    for _ in range(environments):
        kernel.start(
            _environment(kernel, chance, accept, answers, told), at=chance.uniform(0.0, 1.0)
        )
    with silence():  # each task that is left to the sweeper is a warning
        kernel.run(SECONDS + MINUTE)
        kernel.end()
        at_once, calls = len(engine.executions), table.calls + engine.calls
        minutes = _sweep(kernel, table, engine)
    pending = [
        task for task in table.tasks.values() if task.execution_name not in engine.executions
    ]
    return Accepted(
        environments=environments,
        requests=answers.total(),
        refused=answers["503"],
        accepted=len(told),
        at_once=at_once,
        swept=len(engine.executions) - at_once,
        swept_after=minutes,
        lost=sum(task_id not in table.tasks for task_id in told.values()) + len(pending),
        twice=sum(times > 1 for times in engine.times.values()),
        calls=calls,
        peak_shard=max(table.puts.values()),
    )


def _environment(
    kernel: Kernel,
    chance: Random,
    accept: Accept,
    answers: Counter[str],
    told: dict[str, str],
) -> Callable[[], None]:
    def work() -> None:
        while kernel.elapsed < SECONDS:
            key = str(uuid.UUID(int=chance.getrandbits(128)))
            request = a_request(idempotency_key=key, owner=f"user-{chance.randrange(1_000)}")
            while key not in told:
                try:
                    told[key] = accept(request).task_id
                    answers["202"] += 1
                except StorageUnavailableError:
                    answers["503"] += 1
                    kernel.sleep(RETRY_AFTER * chance.uniform(0.5, 1.5))
            kernel.sleep(chance.expovariate(1.0))

    return work


def _sweep(kernel: Kernel, table: Table, engine: Engine) -> float:
    """Sweep each minute until nothing is left to be started; return after how many."""
    settlement = Settlement(executions=table, clock=kernel, retention=timedelta(days=30))
    sweep = Sweep(
        executions=table,
        reconciler=Reconciler(
            executions=table,
            engine=engine,
            settlement=settlement,
            aftercare=Aftercare(executions=table, engine=engine),
            questions=TokenBucket(
                rate=QUESTIONS,
                burst=QUESTIONS * BURST_SECONDS,
                monotonic=kernel.monotonic,
                sleep=lambda _seconds: None,
            ),
            clock=kernel,
        ),
        publish=lambda _report: None,
        clock=kernel,
    )
    engine.patience = MINUTE
    minutes = 0
    while _work(table, engine, kernel) and minutes < MOST_MINUTES:
        minutes += 1
        began = kernel.elapsed
        sweep()
        kernel.elapsed = max(kernel.elapsed, began + MINUTE)
    return float(minutes)


def _work(table: Table, engine: Engine, kernel: Kernel) -> int:
    """Let the first step of what was started claim its task; return how many wait to be started."""
    waiting = 0
    for task in list(table.tasks.values()):
        if task.status is not Status.PENDING:
            continue
        if task.execution_name not in engine.executions:
            waiting += 1
            continue
        now = kernel.now()
        table.claim(
            task.task_id,
            execution_name=task.execution_name,
            attempt=Attempt(now, 0),
            now=now,
            due_at=task.deadline,
        )
    return waiting
