"""The chaos run: a load, and everything that can go wrong, on the deployed local stack."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.local.progress import Progress
from infra.local.stack import STATE, LocalStack, local_stack
from tests.chaos import deployments, plague, proxy, weather, wishes, witness
from tests.chaos.book import Book
from tests.chaos.clients import Clients
from tests.chaos.decks import stream
from tests.chaos.healing import Healing
from tests.chaos.ledger import Ledger
from tests.chaos.rounds import GRACE_SECONDS, Rounds
from tests.chaos.show import show_ledger
from tests.chaos.slayer import Slayer, killer_in
from tests.chaos.strikes import EVERYBODY, Strike, Strikes

STAGE = "chaos"
FOLDER = STATE / STAGE
KILLED = ("Api", "DeploymentSubmit", "DeploymentPoll", "SyncPull", "UpkeepTasks")
"""The functions whose workers must have been killed; others may be, if they have work."""
RESTARTED = "the emulated AWS restarted"
_GLANCE_SECONDS = 1.0
_AMBUSH_BLANKS = 7


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything. Seconds."""

    seed: int
    deployments: int = 230
    syncs: int = 24
    scores: int = 30
    chats: int = 30
    clients: int = 8
    deadline: int = 75
    """Each task's."""
    restart_after: float = 45.0
    bursts_within: float = 120.0
    required: tuple[str, ...] = ()


def main(seed: int, progress: Progress) -> int:
    """Let a storm pass and show what it comes to; return the exit code: 0 only if it balances."""
    ledger, book, rounds = run(Plan(seed=seed, required=required()), progress)
    code = show_ledger(ledger, book, progress.console)
    for outcome, count in sorted(rounds.outcomes.items()):
        progress.console.print(f"upkeep's rounds of {outcome}: {count}")
    return code


def required() -> tuple[str, ...]:
    """Return the kinds of faults that a storm must have brought."""
    of_aws = [
        f"{service}: {fault}"
        for service in weather.SERVICES
        for fault in (weather.THROTTLE, weather.TIMEOUT, weather.LOST_REPLY)
    ]
    of_vendors = [f"{vendor}: {kind}" for vendor in plague.EFFECTS for kind in plague.KINDS]
    of_workers = [
        f"{function}: {kill}"
        for function in KILLED
        for kill in (weather.KILL_BEFORE, weather.KILL_AFTER)
    ]
    return (*of_aws, *of_vendors, *of_workers, plague.KILLED, RESTARTED)


def run(plan: Plan, progress: Progress, folder: Path = FOLDER) -> tuple[Ledger, Book, Rounds]:
    """Let a storm pass over a stack of its own and return what it comes to."""
    storm = Storm(plan, progress)
    with local_stack(
        folder, stage=STAGE, persist=True, progress=progress, watch=storm.ambush
    ) as stack:
        return storm.pass_over(stack)


class Storm:
    """One run. What fails and when is the seed's; what it meets is up to the machine."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._plan, self._progress = plan, progress
        self._group = 0
        self._book, self._strikes = Book(), Strikes()
        self._slayer = Slayer(killer_in(lambda: self._group))
        self.ambush = plague.Ambush(
            plan.seed,
            slayer=self._slayer,
            strikes=self._strikes,
            tasks_of=self._book.tasks_of,
            blanks=_AMBUSH_BLANKS,
        )
        self._weather = weather.Weather(
            plan.seed, bursts=weather.bursts(plan.seed, plan.bursts_within)
        )

    def pass_over(self, stack: LocalStack) -> tuple[Ledger, Book, Rounds]:
        """Raise the storm, let it calm down, wait for the last task, and reckon."""
        self._group = stack.emulator.process.pid
        between = proxy.Proxy(stack.aws.endpoint, self._weather, self._strikes, self._slayer)
        rounds = Rounds(stack)
        with ExitStack() as open_:
            control = open_.enter_context(
                httpx.Client(base_url=stack.control_url, timeout=10, trust_env=False)
            )
            with self._progress.step("Putting the proxy between the functions and their AWS"):
                open_.enter_context(proxy.between(stack, between))
            open_.enter_context(rounds.going())
            with self._raging(control):
                self._load(stack, control)
            with self._progress.step("Waiting for the last task, in calm weather"):
                awaited(stack)
            self._strikes.extend(plague.struck(control))
            evidence = witness.gathered(
                stack,
                control,
                self._book,
                strikes=self._strikes.all(),
                intents=between.intents,
            )
        return Ledger(evidence, self._plan.required), self._book, rounds

    @contextmanager
    def _raging(self, control: httpx.Client) -> Iterator[None]:
        vendors = tuple(plague.EFFECTS)
        self._weather.begin()
        self.ambush.armed = True
        try:
            with plague.Plague(self._plan.seed, control, vendors).raging():
                yield
        finally:
            self.ambush.armed = False
            self._weather.end()

    def _load(self, stack: LocalStack, control: httpx.Client) -> None:
        plan, chance = self._plan, stream(self._plan.seed, "wishes")
        deployed = deployments.to_all(chance, plan.deployments, deadline_seconds=plan.deadline)
        synced = wishes.syncs(chance, plan.syncs, deadline_seconds=plan.deadline)
        asked = [
            *deployed,
            *wishes.scores(chance, plan.scores, deadline_seconds=plan.deadline),
            *wishes.chats(chance, plan.chats, deadline_seconds=plan.deadline),
        ]
        chance.shuffle(asked)
        wishes.arrange(control, deployed)
        lanes = [(asked, plan.clients)]
        lanes += [
            ([wish for wish in synced if wish.service == system], 1) for system in wishes.SYNCED
        ]
        restart_at = time.monotonic() + plan.restart_after
        restarted = False
        healing = Healing(self._book, self._strikes)
        clients = Clients(
            stack,
            self._book,
            plan.seed,
            meanwhile=healing.cancel_some,
            afterwards=healing.retry_some,
        )
        with (
            self._progress.step(f"Asking for {len(asked) + len(synced)} tasks"),
            clients.at_work(*lanes) as busy,
        ):
            while busy():
                if not restarted and time.monotonic() >= restart_at:
                    self._restart(stack)
                    restarted = True
                time.sleep(_GLANCE_SECONDS)

    def _restart(self, stack: LocalStack) -> None:
        self._progress.note("Restarting the emulated AWS in the middle of it.")
        stack.emulator.restart()
        self._group = stack.emulator.process.pid
        # Whatever ran is cut off: anybody's effect may be in doubt.
        self._strikes.add(
            Strike(kind=RESTARTED, whose=EVERYBODY, into="everything that ran", casts_doubt=True)
        )


def awaited(stack: LocalStack) -> None:
    """Wait until every task has ended, or had to."""
    while left := witness.unfinished(stack):
        last = max(record.deadline for record in left)
        if time.time() > last + GRACE_SECONDS + _GLANCE_SECONDS:
            return
        time.sleep(_GLANCE_SECONDS)
