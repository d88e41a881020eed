"""The sync workflow's work: pull a system's records, page after page, and store what is new.

How far it is stands in the task's handle after every page, so that whichever attempt comes next
goes on from there. A page that was stored and not yet noted is pulled again, which stores nothing
twice. The system's watermark is raised when there is no more, before the task ends: a crash between
the two costs nothing but the end itself, which the next attempt writes.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from breakwater.domain.attempts import StepInput
from breakwater.domain.progress import Directive, Done, InProgress, Next, Progress
from breakwater.domain.records import Since
from breakwater.domain.syncs import Pulling, sift
from breakwater.ports import Integration, Origin, RecordStore
from breakwater.services.runs import StepRun
from breakwater.services.steps import NO_LIMIT, StepRunner

Integrations = Callable[[str], Integration]
"""Gives the integration of a system. Raises ConfigurationError."""

PAGES = 500
"""How many pages a step pulls at most; as a rule its time ends it earlier."""
PAGE_SECONDS = 60.0
"""What must be left of a step's time for another page: an HTTP attempt of 30 s, and its writes."""

logger = logging.getLogger(__name__)


class Sync:
    """The one state of the sync workflow that speaks with a system."""

    def __init__(
        self,
        *,
        runner: StepRunner,
        integrations: Integrations,
        records: RecordStore,
        pages: int = PAGES,
    ) -> None:
        """Bind to a runner and stores; a step pulls at most `pages` pages."""
        self._runner = runner
        self._integrations = integrations
        self._records = records
        self._pages = pages

    def pull(self, event: Mapping[str, Any], seconds_left: float = NO_LIMIT) -> Directive:
        """Pull what this step has time for, before the Lambda is stopped."""
        return self._runner(
            StepInput.from_event(event), Next.POLL, self._pull, seconds_left=seconds_left
        )

    def _pull(self, run: StepRun) -> Progress:
        integration = self._integrations(run.task.service)
        pulling = self._where(run)
        for number in range(self._pages):
            if pulling.complete:
                return Done(self._finish(run, pulling))
            if number and run.deadline.remaining < PAGE_SECONDS:
                break
            pulling = self._next_page(run, integration, pulling)
            run.remember(pulling.to_handle())
        return InProgress(pulling.to_handle(), at_once=True)

    def _where(self, run: StepRun) -> Pulling:
        """Return how far the task is: where an earlier attempt got to, or the beginning."""
        if run.task.handle is not None:
            return Pulling.of(run.task.handle)
        return Pulling(began_at=run.now(), since=self._records.watermark(run.task.service))

    def _next_page(self, run: StepRun, integration: Integration, pulling: Pulling) -> Pulling:
        system = run.task.service
        origin = Origin(run.mark, pulling.pages, asked_at=run.now())
        page = integration.pull(run, Since(watermark=pulling.since, cursor=pulling.cursor))
        records, unreadable = sift(page.records)
        stored = self._records.put(system, records, origin=origin)
        for line in (*unreadable, *page.unreadable):
            logger.warning("%s: %s", system, line, extra={"service": system})
        return pulling.after(page, records, unreadable, stored=stored)

    def _finish(self, run: StepRun, pulling: Pulling) -> dict[str, Any]:
        """Raise the watermark, and return the result."""
        watermark = pulling.watermark
        if watermark is not None:
            watermark = self._records.raise_watermark(run.task.service, watermark)
        return pulling.result(watermark)
