"""The aftercare workflow's first state: a vendor is asked to stop what an ended task had begun.

The task has ended already, and nothing here changes that. What the vendor says stands beside its
status: an operator who has to resolve an UNKNOWN one reads it there. A step that was at work then
may be so still, its request on its way: that there is nothing counts only once it must be over.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from breakwater.domain.aftercare import GIVE_UP
from breakwater.domain.attempts import StepInput
from breakwater.domain.cancellations import AtVendor, Cancellation
from breakwater.domain.errors import (
    BreakwaterError,
    ConfigurationError,
    ParkedError,
    PermanentError,
    StaleAttemptError,
    StorageUnavailableError,
)
from breakwater.domain.progress import Absent, Directive, Found, Next, NotVisibleYet, Undecidable
from breakwater.ports import Clock
from breakwater.services.deployment import Connectors
from breakwater.services.ended import EndedRuns
from breakwater.services.runs import StepRun
from breakwater.services.steps import NO_LIMIT
from breakwater.services.waits import Waits

PAUSES = timedelta(seconds=10), timedelta(seconds=300)
"""Between two tries, doubling."""
LOOK_AGAIN = timedelta(seconds=30)
"""How often it is looked for what may still arrive."""

DONE = Directive(Next.SUCCEED)

logger = logging.getLogger(__name__)


class Withdraw:
    """Asks the vendors of tasks that were ended from outside."""

    def __init__(
        self, *, connectors: Connectors, runs: EndedRuns, clock: Clock, waits: Waits
    ) -> None:
        self._connectors = connectors
        self._runs = runs
        self._clock = clock
        self._waits = waits

    def __call__(
        self, event: Mapping[str, Any], payload: Mapping[str, Any], seconds_left: float = NO_LIMIT
    ) -> Directive:
        """Ask before the Lambda is stopped; where that is to be done again later, say when.

        Raises: StaleAttemptError, StorageUnavailableError, for the ASL to handle.
        """
        run = self._runs.claim(StepInput.from_event(event), seconds_left)
        standing = run.task.cancellation
        if standing is None or standing.at_vendor is not AtVendor.PENDING:
            return DONE
        give_up_at = standing.give_up_at or self._clock.now() + GIVE_UP
        standing = replace(standing, give_up_at=give_up_at)
        try:
            answer = self._ask(run, payload, standing.over_at)
        except (StaleAttemptError, StorageUnavailableError):
            raise
        except Exception as error:  # whatever it is, the task has ended as it has
            return self._failed(run, standing, error)
        run.note_cancellation(replace(standing, at_vendor=answer, error=None))
        logger.info("the vendor was asked to stop: %s", answer.value)
        return DONE

    def _ask(self, run: StepRun, payload: Mapping[str, Any], over_at: datetime) -> AtVendor:
        """Find out what there is to stop, and ask for it. Raises ParkedError until it shows."""
        connector = self._connectors(run.task.service)
        handle, asked_at = run.task.handle, self._clock.now()
        if run.task.intent is not None:
            match connector.find_effect(run, payload, run.task.intent):
                case Found(found):
                    handle = found
                case Absent() if asked_at < over_at:
                    until = min(over_at, asked_at + LOOK_AGAIN)
                    raise ParkedError("what was to be done may be on its way", until=until)
                case Absent():
                    return AtVendor.NOTHING
                case NotVisibleYet(until):
                    raise ParkedError("what was about to be done may still show", until=until)
                case Undecidable():
                    return AtVendor.UNKNOWN
        stopped = connector.cancel(run, payload, handle or {})
        return AtVendor.STOPPED if stopped else AtVendor.NOT_POSSIBLE

    def _failed(self, run: StepRun, standing: Cancellation, error: Exception) -> Directive:
        """Note a try that failed, and say when the next one is, if there is one."""
        ours = isinstance(error, BreakwaterError)
        logger.warning("the vendor could not be asked: %s", error, exc_info=not ours)
        resume_at = self._waits.again(error, standing.failures, PAUSES)
        hopeless = isinstance(error, PermanentError | ConfigurationError)
        over = hopeless or standing.give_up_at is None or resume_at >= standing.give_up_at
        noted = replace(
            standing,
            at_vendor=AtVendor.FAILED if over else AtVendor.PENDING,
            failures=standing.failures + 1,
            error=_shown(error),
        )
        run.note_cancellation(noted)
        return DONE if over else Directive(Next.WITHDRAW, resume_at)


def _shown(error: Exception) -> dict[str, str]:
    if isinstance(error, BreakwaterError):
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": "InternalError", "message": "the vendor could not be asked"}
