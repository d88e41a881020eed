"""The reckoning at the end of a run: what was promised, what came of it, and what explains it.

Arithmetic only. What is reckoned with comes from three sides that do not know of each other: the
clients (what they were promised), the tables (how it ended) and the vendors (what was really done).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from infra.local.client import TERMINAL
from tests.chaos.evidence import Ending, Evidence, Record
from tests.chaos.marks import SAID, certain_marks_of, marks_of, most, total
from tests.chaos.strikes import EVERYBODY, Strike
from tests.chaos.wishes import Mark, Wish

_CLOCK_SECONDS = 0.05
"""Two clocks of one machine, read one after the other, may differ by so much."""


@dataclass(frozen=True)
class Ledger:
    """What the evidence comes to."""

    evidence: Evidence
    required: Iterable[str] = field(default_factory=tuple)
    """The kinds of faults that must have fired."""

    @property
    def tasks(self) -> set[str]:
        """Every task that was promised, or stored though its client never heard of it."""
        return self.evidence.accepted.keys() | self.evidence.records.keys()

    @property
    def by_status(self) -> Counter[str]:
        """How many tasks stand where."""
        return Counter(record.status for record in self.evidence.records.values())

    @property
    def by_kind(self) -> Mapping[str, Counter[str]]:
        """How many tasks of each kind and service stand where."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for one in self.evidence.records.values():
            found[f"{one.kind} {one.service}"][one.status] += 1
        return found

    @property
    def by_error(self) -> Counter[str]:
        """How many tasks failed of what, by service and type."""
        return Counter(
            f"{one.service}: {one.error}"
            for one in self.evidence.records.values()
            if one.status == "FAILED"
        )

    @cached_property
    def lost(self) -> list[str]:
        """Tasks without a record, or without an end."""
        records = self.evidence.records
        return sorted(
            task
            for task in self.tasks
            if task not in records or records[task].status not in TERMINAL
        )

    @cached_property
    def duplicated(self) -> Counter[Mark]:
        """How often more than allowed an effect has happened, for each that has."""
        extra: Counter[Mark] = Counter()
        for mark, allowed in self._allowed().items():
            extra[mark] = max(0, most(self.evidence.effects, mark) - allowed)
        return +extra

    @cached_property
    def undone(self) -> int:
        """How many assignments were lost by somebody else's."""
        return total(self.evidence.effects, ("intune", "assign", "removed"))

    @cached_property
    def hollow(self) -> list[str]:
        """Tasks that claim success for an effect that the vendor does not know of."""
        return sorted(
            task
            for task, accepted in self.evidence.accepted.items()
            if self._status(task) == "SUCCESS"
            and not all(
                most(self.evidence.effects, mark) for mark in certain_marks_of(accepted.wish, task)
            )
        )

    @cached_property
    def endings(self) -> Mapping[str, list[Ending]]:
        """The events of each task that say how it has ended."""
        found: dict[str, list[Ending]] = {task: [] for task in self.tasks}
        for ending in self.evidence.endings:
            found.setdefault(ending.task_id, []).append(ending)
        return found

    @cached_property
    def badly_ended(self) -> list[str]:
        """Tasks with no such event, with several, or with one that says something else."""
        return sorted(
            task
            for task, endings in self.endings.items()
            if [ending.status for ending in endings] != [self._status(task)]
        )

    @cached_property
    def late(self) -> list[str]:
        """Tasks that ended later than their deadline allows, or never."""
        return sorted(
            task
            for task, record in self.evidence.records.items()
            if (at := self._ended_at(task)) is None or at > record.deadline + self.evidence.grace
        )

    @cached_property
    def causes(self) -> Mapping[str, Strike | None]:
        """For each UNKNOWN the fault that left it in doubt, None where there was none."""
        return {
            task: self._cause(record)
            for task, record in self.evidence.records.items()
            if record.status == "UNKNOWN"
        }

    @property
    def unexplained(self) -> list[str]:
        """Tasks that ended UNKNOWN though nothing had been done to them."""
        return sorted(task for task, cause in self.causes.items() if cause is None)

    @cached_property
    def fired(self) -> Counter[str]:
        """How often each kind of fault has fired, those that had to and did not included."""
        fired = Counter(dict.fromkeys(self.required, 0))
        fired.update(strike.kind for strike in self.evidence.strikes)
        return fired

    @property
    def silent(self) -> list[str]:
        """The kinds of faults that had to fire and did not."""
        return sorted(kind for kind in self.required if not self.fired[kind])

    @property
    def suspects(self) -> list[str]:
        """The tasks that something is wrong with."""
        doubled = [
            task
            for task, accepted in self.evidence.accepted.items()
            if self.duplicated.keys() & set(marks_of(accepted.wish, task))
        ]
        wrong = (self.lost, self.hollow, self.badly_ended, self.late, self.unexplained, doubled)
        return sorted({task for tasks in wrong for task in tasks})

    def history(self, task: str) -> list[str]:
        """Return what befell a task, in order, each with its second since the task was accepted."""
        record = self.evidence.records.get(task)
        if record is None:
            return ["it has no record"]
        moments = [(at, "intends an effect") for at in self.evidence.intents.get(task, [])]
        moments += [(one.at, f"{one.kind}: {one.into}") for one in self._strikes_at(record)]
        moments += [(one.at, f"ends: {one.status}") for one in self.endings[task]]
        moments.append((record.deadline, "deadline"))
        return [f"{at - record.created_at:7.2f} s  {what}" for at, what in sorted(moments)]

    @property
    def balances(self) -> bool:
        """Whether everything that was promised was kept, and everything was tried to break it."""
        return not any(
            (
                not self.evidence.accepted,
                self.lost,
                self.duplicated,
                self.undone,
                self.hollow,
                self.badly_ended,
                self.late,
                self.unexplained,
                self.silent,
                self.evidence.split_keys,
                self.evidence.refusals,
            )
        )

    def _allowed(self) -> Counter[Mark]:
        """How often each effect may have happened: once for each task that was to bring it about.

        A task that was tried again is a task of its own, also if its client never heard of it: but
        what it says in its conversation is said once.
        """
        accepted = self.evidence.accepted
        wishes = {one.wish.correlation_id: one.wish for one in accepted.values()}
        allowed: Counter[Mark] = Counter()
        for task in self.tasks:
            if (wish := self._wish(task, wishes)) is not None:
                allowed.update(marks_of(wish, task))
        return Counter({mark: 1 if mark[0] == SAID else count for mark, count in allowed.items()})

    def _wish(self, task: str, wishes: Mapping[str, Wish]) -> Wish | None:
        if task in self.evidence.accepted:
            return self.evidence.accepted[task].wish
        return wishes.get(self.evidence.records[task].correlation_id)

    def _cause(self, record: Record) -> Strike | None:
        """Return the first fault that befell a task between its last intent and its end."""
        intents = self.evidence.intents.get(record.task_id)
        ended = self._ended_at(record.task_id)
        if not intents or ended is None:
            return None
        since, until = intents[-1] - _CLOCK_SECONDS, ended + _CLOCK_SECONDS
        return next(
            (
                strike
                for strike in self._strikes_at(record)
                if strike.casts_doubt and strike.hits(since, until)
            ),
            None,
        )

    def _strikes_at(self, record: Record) -> Iterable[Strike]:
        whose = (EVERYBODY, record.task_id, record.correlation_id)
        return (strike for strike in self.evidence.strikes if strike.whose in whose)

    def _status(self, task: str) -> str | None:
        record = self.evidence.records.get(task)
        return record.status if record else None

    def _ended_at(self, task: str) -> float | None:
        endings = self.endings.get(task)
        return min(ending.at for ending in endings) if endings else None
