"""The change record of a deployment: opened once in a system of record, told how it has ended.

The deployment comes first. Before it begins, opening its record may take a moment, once; whatever
does not work out then is left for after its end (services/documenting.py), when there is time for
look-ups and repetitions. Neither makes the deployment fail, nor its status unknown.

That a record is about to be opened is written down before, in the task and apart from the
deployment's own intent. Whoever finds that, and nothing after it, asks the system first.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from breakwater.domain.changes import Change, ChangeRecord, ChangeState
from breakwater.domain.errors import (
    BreakwaterError,
    CircuitBreakerOpenError,
    ConfigurationError,
    OutcomeUnknownError,
    ParkedError,
    PermanentError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.progress import Absent, Found, NotVisibleYet, Undecidable
from breakwater.domain.status import Status
from breakwater.domain.tasks import Task
from breakwater.ports import Integration
from breakwater.services.runs import StepRun

SOON_SECONDS = 20.0
"""How long a deployment waits for its record's system before it begins, once."""

Wanted = Mapping[str, Any]
"""The `change` of a deployment's command."""

logger = logging.getLogger(__name__)

_GIVEN_UP = {
    ChangeState.PENDING: ChangeState.FAILED,
    ChangeState.OPENING: ChangeState.UNKNOWN,
    ChangeState.OPENED: ChangeState.OPENED,
}
"""What a record stays when nothing more is done about it."""


class Changes:
    """Works on the change record of whatever task it is given."""

    def __init__(self, integrations: Callable[[str], Integration]) -> None:
        self._integrations = integrations

    def open_soon(self, run: StepRun, wanted: Wanted) -> None:
        """Try once to open the record before the deployment begins. Raises StaleAttemptError."""
        record = run.task.change
        if record is None or record.state is not ChangeState.PENDING or record.failures:
            return
        try:
            with run.within(SOON_SECONDS):
                self._open(run, self._integrations(record.system), describe(run.task, wanted))
        except Exception as error:  # whatever it is, the deployment is to begin
            self._leave(run, error)

    def finish(self, run: StepRun, wanted: Wanted) -> None:
        """Bring the record of an ended deployment to its end, from wherever it is.

        Raises what stands in the way, ParkedError until an earlier try would show.
        """
        record = _record(run)
        integration, change = self._integrations(record.system), describe(run.task, wanted)
        if record.state is ChangeState.OPENING:
            self._look_up(run, integration, change)
        if _record(run).state is ChangeState.PENDING:
            self._open(run, integration, change)
        handle = _record(run).handle or {}
        succeeded = run.task.status is Status.SUCCESS
        integration.update_change(run, change, handle, note=note(run.task), succeeded=succeeded)
        run.note_change(replace(_record(run), state=ChangeState.CLOSED, error=None))

    def failed(self, run: StepRun, error: Exception) -> bool:
        """Note a try that failed; return whether trying again could help."""
        record, hopeless = _record(run), isinstance(error, PermanentError | ConfigurationError)
        if isinstance(error, OutcomeUnknownError):
            hopeless, state = True, ChangeState.UNKNOWN
        else:
            state = _GIVEN_UP[record.state] if hopeless else record.state
        logger.warning("change record in %s: %s", record.system, error, exc_info=_unexpected(error))
        failures = record.failures + 1
        run.note_change(replace(record, state=state, failures=failures, error=_shown(error)))
        return not hopeless

    def give_up(self, run: StepRun) -> None:
        """Leave the record as it is, for good."""
        record = _record(run)
        run.note_change(replace(record, state=_GIVEN_UP[record.state]))

    def _leave(self, run: StepRun, error: Exception) -> None:
        """Note why the record is left for later; where even that fails, later finds out itself."""
        try:
            self.failed(run, error)
        except StorageUnavailableError as unwritten:
            logger.warning("how the change record stands is not noted: %s", unwritten)

    def _look_up(self, run: StepRun, integration: Integration, change: Change) -> None:
        """Ask the system what became of an earlier try."""
        record = _record(run)
        tried_at = record.tried_at or run.task.created_at
        # A try from before there were marks was marked with the task's id, and noted none.
        tried = replace(change, mark=(record.handle or {}).get("mark", change.task_id))
        match integration.find_change(run, tried, tried_at=tried_at):
            case Found(handle):
                run.note_change(_opened(record, handle))
            case Absent():
                _stands(run, replace(record, state=ChangeState.PENDING))
            case NotVisibleYet(until):
                raise ParkedError("an earlier try may still show", until=until)
            case Undecidable(reason):
                raise OutcomeUnknownError(reason)

    def _open(self, run: StepRun, integration: Integration, change: Change) -> None:
        """Open the record, with the intent before and what came of it after."""
        record = _record(run)
        mark = {"mark": change.mark}
        trying = replace(record, state=ChangeState.OPENING, tried_at=run.now(), handle=mark)
        run.note_change(trying)
        try:
            handle = integration.open_change(run, change)
        except (TransientError, CircuitBreakerOpenError) as error:
            if not error.may_have_applied:
                _stands(run, record)
            raise
        except (PermanentError, ConfigurationError):
            _stands(run, record)
            raise
        run.note_change(_opened(record, handle))


def describe(task: Task, wanted: Wanted) -> Change:
    """Return the change that documents a task: the same whenever it is asked for."""
    lines = (
        f"Breakwater deploys with {task.service}, asked for at {task.created_at.isoformat()}.",
        f"Task: {task.task_id}",
        f"Correlation id: {task.correlation_id}",
    )
    return Change(
        system=wanted["system"],
        summary=wanted["summary"],
        task_id=task.task_id,
        mark=task.mark,
        description="\n".join(lines),
        project=wanted.get("project"),
    )


def note(task: Task) -> str:
    """Return how a task has ended, in a line."""
    problem = task.problem
    return task.status.value + (f": {problem.type}: {problem.message}" if problem else "")


def _record(run: StepRun) -> ChangeRecord:
    record = run.task.change
    if record is None:
        raise ValueError("this task is documented nowhere")
    return record


def _stands(run: StepRun, record: ChangeRecord) -> None:
    """Note in memory how the record stands; it is stored with what comes of the step."""
    run.task = replace(run.task, change=record)


def _opened(record: ChangeRecord, handle: Mapping[str, Any]) -> ChangeRecord:
    return replace(record, state=ChangeState.OPENED, handle=dict(handle), error=None)


def _unexpected(error: Exception) -> Exception | None:
    return None if isinstance(error, BreakwaterError) else error


def _shown(error: Exception) -> dict[str, str]:
    if isinstance(error, BreakwaterError):
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": "InternalError", "message": "the change record failed unexpectedly"}
