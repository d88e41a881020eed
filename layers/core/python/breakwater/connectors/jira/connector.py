"""Pull issues, and document a change as an issue that is opened at most once.

An issue is found again by its label only, and the index shows it with a delay: its absence counts
when that has passed since an attempt to create it must be over.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from breakwater.connectors.absence import absence
from breakwater.connectors.jira import documents
from breakwater.connectors.jira.pull import Pull, quoted
from breakwater.connectors.jira.quota import SERVICE
from breakwater.connectors.jira.site import Site
from breakwater.domain.changes import Change
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.progress import Found, Lookup
from breakwater.domain.records import Page, Since
from breakwater.ports import Run

MATCHES = 50
"""How many issues with our label are looked at; there is one, or none."""


class JiraIntegration:
    """ports.Integration for Jira.

    `index_lag` is how long a change may take to show in searches; `tasks_url` is where a task is
    looked at, by its id.
    """

    def __init__(
        self,
        site: Site,
        pull: Pull,
        *,
        index_lag: timedelta,
        issue_type: str,
        tasks_url: str,
    ) -> None:
        self._site = site
        self._pull = pull
        self._index_lag = index_lag
        self._issue_type = issue_type
        self._tasks_url = tasks_url.rstrip("/")

    def pull(self, run: Run, since: Since) -> Page:
        """Return the issues that follow, a page at most."""
        return self._pull(run, since)

    def find_change(self, run: Run, change: Change, *, tried_at: datetime) -> Lookup:
        """Look for the change's label; what has it no longer, or only nearly, is not ours."""
        label, asked_at = documents.marker(change), run.now()
        found = self._site.search(
            run, f"labels = {quoted(label)} ORDER BY key ASC", ["labels"], limit=MATCHES
        )
        ours = [self._site.handle(issue) for issue in found.issues if label in _labels(issue)]
        if ours:
            # Whoever clones an issue clones its labels: the first one is ours.
            return Found(min(ours, key=lambda one: int(one["id"])))
        if not found.last:
            raise TransientError("jira found other issues than were asked for", service=SERVICE)
        return absence(tried_at, asked_at=asked_at, delay=self._index_lag)

    def open_change(self, run: Run, change: Change) -> Mapping[str, str]:
        """Create the issue of a change; asked twice, Jira would create two."""
        if change.project is None:
            raise PermanentError("the change names no Jira project", service=SERVICE)
        return self._site.create(
            run, documents.issue(change, project=change.project, issue_type=self._issue_type)
        )

    def update_change(
        self, run: Run, change: Change, handle: Mapping[str, Any], *, note: str, succeeded: bool
    ) -> None:
        """Write how the change has ended: a property for programs, a link for people."""
        issue_id = handle["id"]
        result = documents.result(change, note=note, succeeded=succeeded)
        self._site.put_property(run, issue_id, documents.RESULT_PROPERTY, result)
        url = f"{self._tasks_url}/{change.task_id}/status/"
        link = documents.link(change, url=url, note=note, succeeded=succeeded)
        self._site.put_link(run, issue_id, link)

    def probe(self, run: Run) -> None:
        """Ask Jira for no more than it takes to know that it answers."""
        self._site.probe(run)


def _labels(issue: Mapping[str, Any]) -> Collection[str]:
    fields = issue.get("fields")
    labels = fields.get("labels") if isinstance(fields, Mapping) else None
    return labels if isinstance(labels, list) else ()
