"""A long outage, compressed: a vendor is dead for 40 minutes, and 500 tasks wait for it.

The stage is AWS at twenty times the speed, so that it lasts two minutes. (The breaker of this
service alone is slower: 500 tasks that come back within a second and a half are too many for a
laptop.) What is asked is that all of them succeed after it, that none is done twice, and that they
do not come all at once: whoever has just recovered is not to be thrown over by those who waited.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.local.progress import Progress
from infra.local.stack import LocalStack, local_stack
from tests.chaos import deployments, figures, wishes, witness
from tests.chaos.book import Book
from tests.chaos.clients import Clients, Manners
from tests.chaos.decks import stream
from tests.chaos.ledger import Ledger
from tests.chaos.rounds import SPEED, Rounds
from tests.chaos.show import show_ledger
from tests.chaos.storm import FOLDER, STAGE, awaited

SERVICE = "sccm"
MINUTES = 40
SECONDS = MINUTES * 60 / SPEED
"""So long it lasts here."""
DEADLINE_SECONDS = 1200


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it. Seconds."""

    seed: int
    tasks: int = 500
    clients: int = 8
    lasts: float = SECONDS


@dataclass(frozen=True)
class Survived:
    """What came of it. Moments are Unix seconds."""

    ledger: Ledger
    book: Book
    waiting: int
    """How many tasks waited when the vendor recovered."""
    recovered_at: float
    reached: int
    """How many calls the dead vendor saw."""

    @property
    def holds(self) -> bool:
        """Whether all have succeeded, and all of them waited."""
        statuses = self.ledger.by_status
        return (
            self.ledger.balances
            and set(statuses) == {"SUCCESS"}
            and self.waiting == statuses["SUCCESS"]
        )

    def lines(self) -> list[str]:
        """Return the figures, to be read."""
        after = [ending.at - self.recovered_at for ending in self.ledger.evidence.endings]
        statuses = self.ledger.by_status
        return [
            f"waiting when the vendor recovered: {self.waiting}",
            f"calls that reached the dead vendor: {self.reached}",
            f"succeeded: {statuses['SUCCESS']} of {len(self.ledger.evidence.accepted)}",
            f"success after the recovery: {figures.spread(after)}",
            f"first and last: {min(after):.1f} s and {max(after):.1f} s",
            f"most successes within a second: {figures.most_in(1.0, after)}",
        ]


def main(seed: int, progress: Progress) -> int:
    """Let the vendor die and recover; return the exit code: 0 only if all succeed, none twice."""
    survived = run(Plan(seed=seed), progress)
    show_ledger(survived.ledger, survived.book, progress.console)
    for line in survived.lines():
        progress.console.print(line)
    return 0 if survived.holds else 1


def run(plan: Plan, progress: Progress, folder: Path = FOLDER) -> Survived:
    """Let a vendor die on a stack of its own, with tasks waiting, and recover."""
    with (
        local_stack(folder, stage=STAGE, progress=progress) as stack,
        httpx.Client(base_url=stack.control_url, timeout=10, trust_env=False) as control,
        Rounds(stack).going(),
    ):
        return _Outage(plan, progress, stack, control).run()


class _Outage:
    """One run."""

    def __init__(
        self, plan: Plan, progress: Progress, stack: LocalStack, control: httpx.Client
    ) -> None:
        self._plan, self._progress = plan, progress
        self._stack, self._control = stack, control
        self._book = Book()

    def run(self) -> Survived:
        plan, control = self._plan, self._control
        chance = stream(plan.seed, "wishes")
        wanted = deployments.to_one(SERVICE, chance, plan.tasks, deadline_seconds=DEADLINE_SECONDS)
        fault = {"kind": "status", "status": 503, "match": {"path": f"/{SERVICE}/"}}
        control.post("/faults", json=fault).raise_for_status()
        began, before = time.monotonic(), self._calls()
        with self._progress.step(f"{SERVICE} is dead: asking it for {plan.tasks} deployments"):
            self._ask(wanted)
            time.sleep(max(0.0, began + plan.lasts - time.monotonic()))
        waiting, reached = self._waiting(), self._calls() - before
        control.delete("/faults").raise_for_status()
        recovered_at = time.time()
        with self._progress.step(f"{SERVICE} has recovered: waiting for everybody"):
            awaited(self._stack)
        evidence = witness.gathered(self._stack, control, self._book)
        return Survived(Ledger(evidence), self._book, waiting, recovered_at, reached)

    def _ask(self, wanted: Sequence[wishes.Wish]) -> None:
        manners = Manners(loses_answers=False, watches_for=0.0)
        clients = Clients(self._stack, self._book, self._plan.seed, manners)
        wishes.arrange(self._control, wanted)
        with clients.at_work((wanted, self._plan.clients)):
            pass

    def _calls(self) -> int:
        return int(self._control.get("/requests").raise_for_status().json()["total"])

    def _waiting(self) -> int:
        return len(witness.unfinished(self._stack))
