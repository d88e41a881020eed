"""Load on one machine: the whole local stack at rising concurrency, and where it saturates.

    python -m tests.benchmarks.load [--tasks 1000] [--seed 1]

Clients ask one after the other, without a pause; each deployment changes something of its own. A
level ends when all its tasks have. What was lost or done twice is counted over all of them, by the
same ledger as in `make chaos`. The emulator and the Lambdas share the machine with the clients, so
these are lower bounds of what AWS would do and say more of this machine than of the product.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import httpx

from infra.local.stack import LocalStack, local_stack
from tests.benchmarks.report import Entry, save, within
from tests.chaos import deployments, figures, wishes, witness
from tests.chaos.book import Book
from tests.chaos.clients import Clients, Manners
from tests.chaos.decks import stream
from tests.chaos.ledger import Ledger
from tests.chaos.rounds import Rounds
from tests.chaos.storm import FOLDER, STAGE, awaited
from tests.proofs.report import show

LEVELS = ((1, 0.05), (2, 0.1), (4, 0.15), (8, 0.3), (16, 0.4))
"""How many clients, and which share of all tasks is theirs."""
MANNERS = Manners(loses_answers=False, watches_for=0.0, starts_apart=0.0)
DEADLINE_SECONDS = 900
GAIN = 1.1
"""A level that accepts less than this many times the one before has saturated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one level came to. Seconds."""

    clients: int
    tasks: int
    accepted_a_second: float
    accept_p50: float
    accept_p99: float
    success_p50: float
    success_p99: float
    ended_a_second: float


def main() -> None:
    """Raise the load level by level."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load")
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    show("bringing the local stack up ...")
    book = Book()
    with (
        local_stack(FOLDER, stage=STAGE) as stack,
        httpx.Client(base_url=stack.control_url, timeout=30, trust_env=False) as control,
        Rounds(stack).going(),
    ):
        # Graph's own limit on writes is a vendor's, and would be all that is measured.
        control.post("/intune/settings", json={"writes_per_window": 10_000}).raise_for_status()
        show("clients  tasks  accepted/s  accept p50, p99     accept to success p50, p99  ended/s")
        levels = list(_levels(stack, control, book, options.tasks, options.seed))
        ledger = Ledger(witness.gathered(stack, control, book))
    save(
        "load",
        entries(levels, ledger),
        levels=[asdict(level) for level in levels],
        saturates_at=saturation(levels),
    )
    show(f"accepting saturates at {saturation(levels)} clients")
    show(
        f"ended: {dict(ledger.by_status)}; lost {len(ledger.lost)}; twice {len(ledger.duplicated)}"
    )


def saturation(levels: Sequence[Level]) -> int:
    """Return how many clients are the last that bring more."""
    for before, after in pairwise(levels):
        if after.accepted_a_second < before.accepted_a_second * GAIN:
            return before.clients
    return levels[-1].clients


def entries(levels: Sequence[Level], ledger: Ledger) -> list[Entry]:
    """Hold what came of it against the target."""
    tasks = len(ledger.evidence.accepted)
    ended = tasks - len(ledger.lost)
    alone = levels[0]
    return [
        Entry(
            number=10, name="deployments that ended", ours=ended, n=tasks, target="all",
            met=ended == tasks,
        ),
        within(10, "deployments lost", len(ledger.lost), tasks, 0),
        within(10, "effects that happened twice", sum(ledger.duplicated.values()), tasks, 0),
        *(
            Entry(
                number=10, name=f"{name}, {alone.clients} client, s", ours=value, n=alone.tasks,
                target="reported", met=True,
            )
            for name, value in (
                ("accept p50", alone.accept_p50),
                ("accept p99", alone.accept_p99),
                ("accept to success p50", alone.success_p50),
            )
        ),
    ]  # fmt: skip


def _levels(
    stack: LocalStack, control: httpx.Client, book: Book, tasks: int, seed: int
) -> Iterator[Level]:
    for clients, share in LEVELS:
        chance = stream(seed, f"{clients} clients")
        wanted = deployments.to_one(
            "intune", chance, round(tasks * share), deadline_seconds=DEADLINE_SECONDS
        )
        wishes.arrange(control, wanted)
        before, began = set(book.accepted), time.monotonic()
        with Clients(stack, book, seed, MANNERS).at_work((wanted, clients)):
            pass
        asked = time.monotonic() - began
        awaited(stack)
        yield _level(stack, book, before, clients, asked, time.monotonic() - began)


def _level(
    stack: LocalStack, book: Book, before: set[str], clients: int, asked: float, took: float
) -> Level:
    accepted = {task: one for task, one in book.accepted.items() if task not in before}
    endings = [one for one in witness.endings(stack) if one.task_id in accepted]
    accepting = figures.spread(one.seconds for one in accepted.values())
    lasting = figures.spread(figures.lasted(witness.records(stack), endings))
    level = Level(
        clients=clients,
        tasks=len(accepted),
        accepted_a_second=len(accepted) / asked,
        accept_p50=accepting.p50,
        accept_p99=accepting.p99,
        success_p50=lasting.p50,
        success_p99=lasting.p99,
        ended_a_second=len(endings) / took,
    )
    show(
        f"{clients:>7}  {level.tasks:>5}  {level.accepted_a_second:>10.1f}  "
        f"{level.accept_p50:>6.3f} s, {level.accept_p99:>6.3f} s  "
        f"{level.success_p50:>12.2f} s, {level.success_p99:>8.2f} s  {level.ended_a_second:>7.1f}"
    )
    return level


if __name__ == "__main__":
    main()
