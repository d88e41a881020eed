"""What the stand-in remembers: issues, page tokens, and how often it was asked lately."""

import math
import secrets
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from infra.local.standins.jira.issues import Issue, Version
from infra.local.standins.jira.models import IssueBody, IssueSpec, Settings, Touch
from infra.local.standins.jira.query import Position
from infra.local.standins.state import VendorState

HOUR = 3600.0


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "jira"

    def restore(self) -> None:
        """Go back to an empty site and the published limits."""
        self.settings = Settings()
        self.issues: dict[str, Issue] = {}
        self.pages: dict[str, tuple[float, str, Position]] = {}
        self._numbers: dict[str, int] = defaultdict(int)
        self._asked: dict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def seed(self, spec: IssueSpec) -> Issue:
        """Put an issue there as if it had always been indexed."""
        moment = spec.updated or self.wall.now()
        return self._add(spec.project, "Task", spec.summary, spec.labels, moment, at=-math.inf)

    def create(self, body: IssueBody) -> Issue:
        """Create an issue now, and count it by its labels."""
        fields = body.fields
        issue = self._add(
            fields.project.key,
            fields.issuetype.name,
            fields.summary,
            fields.labels,
            self.wall.now(),
            at=self.clock.now(),
        )
        issue.properties = {one.key: one.value for one in body.properties}
        for label in fields.labels or ("unlabelled",):
            self.count("issue", "created", label)
        return issue

    def touch(self, touch: Touch) -> Issue:
        """Let somebody change an issue. Raises KeyError where it does not exist."""
        issue = self.issues[touch.id]
        given = touch.model_dump(exclude={"id", "deleted"}, exclude_none=True)
        issue.change(self.clock.now(), self.wall.now(), **given)
        issue.deleted = touch.deleted
        return issue

    def find(self, id_or_key: str) -> Issue | None:
        """Return an issue by either of its names."""
        for issue in self.issues.values():
            if id_or_key in (issue.id, issue.key) and not issue.deleted:
                return issue
        return None

    def indexed(self) -> Iterator[tuple[Issue, Version]]:
        """Return what the index has, which lags behind."""
        seen = self.clock.now() - self.settings.index_lag_seconds
        for issue in self.issues.values():
            version = issue.indexed(seen)
            if version is not None and not issue.deleted:
                yield issue, version

    def turn(self, jql: str, position: Position) -> str:
        """Return a new page token, which leads past a position of a query."""
        token = secrets.token_urlsafe(16)
        self.pages[token] = (self.clock.now(), jql, position)
        return token

    def position(self, token: str, jql: str) -> Position | None:
        """Return where a token leads in this query; None for a token that is no good."""
        issued_at, its_query, position = self.pages.get(token, (-math.inf, "", ()))
        alive = issued_at + self.settings.token_lifetime_seconds > self.clock.now()
        return position if alive and its_query == jql else None

    def throttle(self, what: tuple[str, ...], limit: int | None, window: float) -> float | None:
        """Count a request; return the seconds to wait if it is one too many, else None."""
        asked, now = self._asked[what], self.clock.now()
        while asked and asked[0] <= now - window:
            asked.popleft()
        if limit is None or len(asked) < limit:
            asked.append(now)
            return None
        return asked[0] + window - now if asked else window

    def _add(
        self,
        project: str,
        issue_type: str,
        summary: str,
        labels: tuple[str, ...],
        moment: datetime,
        *,
        at: float,
    ) -> Issue:
        self._numbers[project] += 1
        version = Version(at, moment, summary, labels)
        issue = Issue(
            str(10_000 + len(self.issues)),
            project,
            self._numbers[project],
            issue_type,
            moment,
            [version],
        )
        self.issues[issue.id] = issue
        return issue

    def truth(self) -> list[dict[str, Any]]:
        """Return every issue as it is, indexed or not."""
        return [issue.truth() for issue in self.issues.values() if not issue.deleted]
