"""The risk workflow's work: gather what is known of an intent, score it, and write that on it.

The score is decided once: it stands in the task before it stands on the intent, so that whichever
attempt comes next writes the same one, whatever the circuit or the past say by then.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from breakwater.domain.attempts import StepInput
from breakwater.domain.errors import PermanentError
from breakwater.domain.progress import Directive, Done, Next
from breakwater.domain.risk import Score, Scored, assess, order_of
from breakwater.domain.risk_facts import Health
from breakwater.ports import HistoryStore, IntentStore
from breakwater.resilience.circuit import Circuit, Mode, State
from breakwater.services.breakers import Circuits, as_found
from breakwater.services.runs import StepRun
from breakwater.services.steps import NO_LIMIT, StepRunner

_STATES = {
    State.CLOSED: Health.CLOSED,
    State.HALF_OPEN: Health.HALF_OPEN,
    State.OPEN: Health.OPEN,
}
_MODES = {Mode.FORCED_OPEN: Health.OPEN, Mode.FORCED_CLOSED: Health.FORCED_CLOSED}


class Scoring:
    """The one state of the risk workflow."""

    def __init__(
        self,
        *,
        runner: StepRunner,
        intents: IntentStore,
        history: HistoryStore,
        circuits: Circuits,
    ) -> None:
        self._runner = runner
        self._intents = intents
        self._history = history
        self._circuits = circuits

    def score(self, event: Mapping[str, Any], seconds_left: float = NO_LIMIT) -> Directive:
        """Score the event's intent, before the Lambda is stopped."""
        return self._runner(
            StepInput.from_event(event),
            Next.SCORE,
            lambda run: self._score(run, event["command"]["intent_id"]),
            seconds_left=seconds_left,
        )

    def _score(self, run: StepRun, intent_id: str) -> Done:
        score, at = self._decided(run, intent_id)
        order = order_of(run.task.created_at, run.task_id)
        mine = Scored(score=score, task_id=run.task_id, order=order, at=at)
        standing = self._intents.put_score(intent_id, mine)
        later = {} if standing.task_id == run.task_id else {"superseded_by": standing.task_id}
        return Done({"intent_id": intent_id, **score.to_json(), "at": at.isoformat(), **later})

    def _decided(self, run: StepRun, intent_id: str) -> tuple[Score, datetime]:
        """Return the task's score and its moment: an earlier attempt's, or one that is new."""
        handle = run.task.handle
        if handle is not None:
            return Score.of(handle["score"]), datetime.fromisoformat(handle["at"])
        now = run.now()
        score = self._assess(intent_id, now)
        run.remember({"score": score.to_json(), "at": now.isoformat()})
        return score, now

    def _assess(self, intent_id: str, now: datetime) -> Score:
        intent = self._intents.get(intent_id)
        if intent is None:
            raise PermanentError(f"there is no deployment intent {intent_id}")
        history = self._history.history(intent.package_key)
        circuit = self._circuits.read([intent.connector])[intent.connector]
        return assess(intent.facts(history=history, health=health_of(circuit, now), at=now))


def health_of(circuit: Circuit, now: datetime) -> Health:
    """Return what a circuit says of its connector: an override decides while it holds."""
    found = as_found(circuit, now.timestamp())
    if found.override_mode is not None:
        return _MODES[found.override_mode]
    return _STATES[found.state]
