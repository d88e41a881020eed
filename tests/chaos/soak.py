"""The soak: a thousand deployments through the whole local stack, and nothing done to them."""

import time
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
from tests.chaos.rounds import Rounds
from tests.chaos.show import show_ledger
from tests.chaos.storm import FOLDER, STAGE, awaited

DEADLINE_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it."""

    seed: int
    deployments: int = 1000
    clients: int = 8


@dataclass(frozen=True)
class Soaked:
    """What came of it. Seconds."""

    ledger: Ledger
    book: Book
    took: float

    def lines(self) -> list[str]:
        """Return the figures, to be read."""
        evidence = self.ledger.evidence
        accepting = figures.spread(one.seconds for one in evidence.accepted.values())
        lasting = figures.spread(figures.lasted(evidence.records, evidence.endings))
        rate = len(evidence.endings) / self.took
        return [
            f"throughput: {rate:.1f} tasks a second from the first request to the last end",
            f"accept: {accepting}",
            f"accept to success: {lasting}",
        ]


def main(seed: int, progress: Progress) -> int:
    """Soak, show what came of it, and return the exit code: 0 only if every task succeeded."""
    soaked = run(Plan(seed=seed), progress)
    code = show_ledger(soaked.ledger, soaked.book, progress.console)
    for line in soaked.lines():
        progress.console.print(line)
    succeeded = soaked.ledger.by_status["SUCCESS"]
    progress.console.print(f"succeeded: {succeeded} of {len(soaked.ledger.evidence.accepted)}")
    return code if succeeded == len(soaked.ledger.evidence.accepted) else 1


def run(plan: Plan, progress: Progress, folder: Path = FOLDER) -> Soaked:
    """Put every deployment through a stack of its own."""
    with (
        local_stack(folder, stage=STAGE, progress=progress) as stack,
        httpx.Client(base_url=stack.control_url, timeout=10, trust_env=False) as control,
        Rounds(stack).going(),
    ):
        return _soak(plan, progress, stack, control)


def _soak(plan: Plan, progress: Progress, stack: LocalStack, control: httpx.Client) -> Soaked:
    wanted = deployments.to_all(
        stream(plan.seed, "wishes"), plan.deployments, deadline_seconds=DEADLINE_SECONDS
    )
    wishes.arrange(control, wanted)
    # Graph's own limit on writes is a vendor's, and would be all that is measured.
    control.post("/intune/settings", json={"writes_per_window": 10_000}).raise_for_status()
    book, since = Book(), time.time()
    clients = Clients(stack, book, plan.seed, Manners(loses_answers=False, watches_for=30.0))
    with (
        progress.step(f"Asking for {len(wanted)} deployments"),
        clients.at_work((wanted, plan.clients)),
    ):
        pass
    with progress.step("Waiting for the last one"):
        awaited(stack)
    evidence = witness.gathered(stack, control, book)
    last = max((ending.at for ending in evidence.endings), default=since)
    return Soaked(Ledger(evidence), book, last - since)
