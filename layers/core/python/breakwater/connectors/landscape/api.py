"""Landscape's calls, one method each.

Source of paths, bodies and words: documentation.ubuntu.com/landscape/reference/api, the REST API's
`activities`, `login` and `snaps`, the legacy API's `packages` and `activities` (for the queries).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Unpack
from urllib.parse import urljoin

from breakwater.connectors.landscape import SERVICE
from breakwater.connectors.session import Session
from breakwater.connectors.words import END, redacted
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpOptions, HttpResponse, Run

LEGACY_VERSION = "2011-08-01"
PAGE, MOST_PAGES = 250, 200
"""How many activities are asked for at a time, and after how many pages a list is too long."""

Activity = Mapping[str, Any]


class Landscape:
    """Landscape at one base URL."""

    def __init__(self, *, base_url: str, session: Session) -> None:
        self._legacy = f"{base_url}/api/"
        self._activities = f"{base_url}/api/v2/activities"
        self._snaps = f"{base_url}/api/v2/snaps"
        self._session = session

    def probe(self, run: Run) -> None:
        """Read one activity, without a second try."""
        options: HttpOptions = {"params": {"limit": "1"}, "repeatable": False}
        self._session.request(run, "GET", self._activities, **options)

    def install_packages(
        self,
        run: Run,
        *,
        query: str,
        packages: Sequence[str],
        deliver_after: datetime | None,
        delay_minutes: int | None,
    ) -> str:
        """Install packages on the computers of a query; return the id of the activity.

        `deliver_after` is in UTC.
        """
        form = {"action": "InstallPackages", "version": LEGACY_VERSION, "query": query}
        form |= {f"packages.{number}": name for number, name in enumerate(packages, start=1)}
        if deliver_after is not None:
            form["deliver_after"] = deliver_after.strftime("%Y-%m-%dT%H:%M:%SZ")
        if delay_minutes is not None:
            form["deliver_delay_window"] = str(delay_minutes)
        return self._started(run, self._legacy, form=form)

    def install_snaps(self, run: Run, *, computer_ids: Sequence[int], snaps: Sequence[str]) -> str:
        """Install snaps on computers; return the id of the activity."""
        body = {
            "action": "install",
            "computer_ids": list(computer_ids),
            "snaps": [{"name": name} for name in snaps],
        }
        return self._started(run, self._snaps, json_body=body)

    def activity(self, run: Run, activity_id: str) -> Activity:
        """Return an activity: `activity_status`, `computer_id`, `result_code`, `result_text`."""
        url = f"{self._activities}/{activity_id}"
        answer = self._session.request(run, "GET", url)
        found: Any = answer.json()
        if not (isinstance(found, Mapping) and _id(found) == activity_id):
            raise TransientError(f"{SERVICE} answered with another activity", service=SERVICE)
        return redacted(found, "result_text", answer, END)

    def children(self, run: Run, activity_id: str) -> list[Activity]:
        """Return what an activity consists of, one for each of its computers."""
        return self._listed(run, f"parent-id:{activity_id}")

    def created(self, run: Run, since: datetime, creator: str | None = None) -> list[Activity]:
        """Return the activities since a moment, children included, of one user or of everyone.

        To the minute and without a zone, which is how the documentation writes it.
        """
        query = f"created-after:{since.astimezone(UTC):%Y-%m-%dT%H:%M}"
        return self._listed(run, f"{query} creator:{creator}" if creator else query)

    def _started(self, run: Run, url: str, **options: Unpack[HttpOptions]) -> str:
        answer = self._session.request(run, "POST", url, **options)
        activity = answer.json()
        if isinstance(activity, Mapping) and (activity_id := _id(activity)) is not None:
            return activity_id
        # It may well have begun one: whoever comes next looks for it.
        raise TransientError(f"{SERVICE} began an activity without its id", service=SERVICE)

    def _listed(self, run: Run, query: str) -> list[Activity]:
        """Return every activity of a query, or raise: a part must not pass for the whole."""
        params = {"query": query, "limit": str(PAGE)}
        page = _Page(self._session.request(run, "GET", self._activities, params=params))
        found = dict(page.results)
        for _ in range(MOST_PAGES):
            if page.next is None:
                break
            page = _Page(self._session.request(run, "GET", self._own(page.next)))
            found |= page.results
        else:
            raise PermanentError(f"{SERVICE}'s list of activities has no end", service=SERVICE)
        if len(found) < page.count:
            raise TransientError(
                f"{SERVICE} listed {len(found)} of {page.count} activities", service=SERVICE
            )
        return list(found.values())

    def _own(self, link: str) -> str:
        """Return where a link leads. Only our own origin gets our token, whatever it says."""
        try:
            url = urljoin(self._activities, link)
        except ValueError:
            url = ""
        if not url.startswith(f"{self._activities}?"):
            raise PermanentError(f"{SERVICE} linked to a foreign place", service=SERVICE)
        return url


class _Page:
    """A page of activities. Raises TransientError: what is none must not pass for an empty one."""

    def __init__(self, answer: HttpResponse) -> None:
        page = answer.json()
        try:
            self.next: str | None = page["next"]
            self.count = page["count"]
            self.results = {
                _id(activity): redacted(activity, "result_text", answer, END)
                for activity in page["results"]
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise _no_page() from error
        if None in self.results or not isinstance(self.count, int):
            raise _no_page()
        if not (self.next is None or isinstance(self.next, str)):
            raise _no_page()


def _no_page() -> TransientError:
    return TransientError(f"{SERVICE} answered with something else than a page", service=SERVICE)


def _id(activity: Activity) -> str | None:
    """Return an activity's id as text, for URLs and handles."""
    found = activity.get("id")
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else None
