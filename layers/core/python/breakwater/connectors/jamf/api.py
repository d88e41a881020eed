"""Jamf Pro's calls, one method each.

Source of paths, parameters and bodies: developer.jamf.com/jamf-pro/reference, post_v1-deploy-
package, get_v2-mdm-commands, get_v1-computers-inventory and get_v1-health-check.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from breakwater.connectors.jamf import SERVICE
from breakwater.connectors.session import Session
from breakwater.connectors.words import plain, redacted
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpClient, HttpResponse, Run

ACCEPTED, NO_CONTENT = 202, 204

PAGE, MOST_PAGES = 200, 50
"""How many entries are asked for at a time, and after how many pages a list is too long."""
MOST_UUIDS = 40
"""How many commands are asked for by uuid at a time. UNSURE of v2; it is v1's documented limit."""
MOST_IDS = 100
"""How many computers are asked for by id at a time, for the sake of the URL's length."""
RECENT = timedelta(days=1)
"""How far back the newest command is looked for: by more, no clock is behind ours."""

_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")

Entry = Mapping[str, Any]


class JamfPro:
    """Jamf Pro at one base URL."""

    def __init__(self, *, base_url: str, session: Session, http: HttpClient) -> None:
        self._health = f"{base_url}/api/v1/health-check"
        self._deploy = f"{base_url}/api/v1/deploy-package"
        self._commands = f"{base_url}/api/v2/mdm/commands"
        self._computers = f"{base_url}/api/v1/computers-inventory"
        self._session = session
        self._http = http

    def probe(self, run: Run) -> None:
        """Ask whether Jamf Pro is well, without our token and without a second try."""
        self._http.request(
            "GET",
            self._health,
            service=SERVICE,
            correlation_id=run.correlation_id,
            deadline=run.deadline,
            repeatable=False,
            check=_is_well,
        )

    def deploy_package(self, run: Run, body: Mapping[str, Any]) -> Entry | None:
        """Queue commands and return `{queuedCommands, errors}`; None where it was only taken on.

        Sent twice, it is done twice.
        """
        params = {"verbose": "true"}
        answer = self._session.request(run, "POST", self._deploy, params=params, json_body=body)
        if answer.status_code == ACCEPTED and not answer.body:
            return None
        document = answer.json()
        if isinstance(document, Mapping):
            return {**document, "errors": _redacted(document.get("errors"), answer)}
        # It may well have been done: whoever comes next looks for it.
        raise _unreadable("with something else than its commands")

    def moment(self, run: Run) -> datetime:
        """Return the time by Jamf's own clock: later than any command that is listed by now."""
        answer = self._session.request(
            run,
            "GET",
            self._commands,
            params={
                "filter": f"dateSent=ge={_stamp(run.now() - RECENT)}",
                "sort": "dateSent:desc",
                "page": "0",
                "page-size": "1",
            },
        )
        moments = [_date(answer) or run.now()]
        for command in _page(answer)[1]:
            sent = sent_at(command)
            moments += [sent + timedelta(milliseconds=1)] if sent else []
        return max(moments)

    def commands(self, run: Run, since: datetime, until: datetime) -> list[Entry]:
        """Return every command that was sent in a span of time."""
        span = f"dateSent=ge={_stamp(since)};dateSent=lt={_stamp(until)}"
        return self._listed(run, self._commands, "uuid", {"filter": span})

    def states(self, run: Run, uuids: Sequence[str]) -> dict[str, str]:
        """Return how far each command is, without those that are not listed.

        PENDING, ACKNOWLEDGED, NOT_NOW, ERROR or COMMAND_FORMAT_ERROR.
        """
        found: dict[str, str] = {}
        for part in _parts(uuids, MOST_UUIDS):
            wanted = {"filter": ",".join(f"uuid=={uuid}" for uuid in part)}
            for command in self._listed(run, self._commands, "uuid", wanted):
                state = plain(command.get("commandState"))
                if state is not None:
                    found[command["uuid"]] = state
        return found

    def management_ids(self, run: Run, device_ids: Sequence[int]) -> dict[int, str]:
        """Return what commands call these computers; those that it is not told of are left out."""
        found: dict[int, str] = {}
        for part in _parts(device_ids, MOST_IDS):
            ids = ",".join(map(str, part))
            wanted = {"section": "GENERAL", "filter": f"id=in=({ids})"}
            for computer in self._listed(run, self._computers, "id", wanted):
                general = computer.get("general")
                known_as = general.get("managementId") if isinstance(general, Mapping) else None
                if isinstance(known_as, str) and str(computer["id"]).isdecimal():
                    found[int(computer["id"])] = known_as
        return {device: found[device] for device in device_ids if device in found}

    def _listed(self, run: Run, url: str, key: str, wanted: Mapping[str, str]) -> list[Entry]:
        """Return every entry of a list, or raise: a part must not pass for the whole."""
        found: dict[Any, Entry] = {}
        for number in range(MOST_PAGES):
            params = {**wanted, "page": str(number), "page-size": str(PAGE)}
            total, entries = _page(self._session.request(run, "GET", url, params=params))
            if not all(is_key(entry.get(key)) for entry in entries):
                raise _unreadable(f"with entries that have no {key}")
            found |= {entry[key]: entry for entry in entries}
            if len(found) >= total:
                return list(found.values())
            if not entries:
                raise _unreadable(f"with {len(found)} of {total} entries")
        raise PermanentError(f"{SERVICE}'s list has no end", service=SERVICE)


def _is_well(answer: HttpResponse) -> None:
    if answer.status_code != NO_CONTENT:
        raise TransientError(
            f"{SERVICE} answered its health check with {answer.status_code}",
            service=SERVICE,
            status_code=answer.status_code,
        )


def is_key(text: object) -> bool:
    """Whether a text can be an id, and is certainly nothing more in a filter or a message."""
    return isinstance(text, str) and _KEY.fullmatch(text) is not None


def sent_at(command: Entry) -> datetime | None:
    """Return when a command was sent; None if it does not say so plainly."""
    try:
        sent = datetime.fromisoformat(str(command.get("dateSent")))
    except ValueError:
        return None
    return sent if sent.tzinfo else None


def _page(answer: HttpResponse) -> tuple[int, list[Entry]]:
    page = answer.json()
    try:
        total, entries = page["totalCount"], page["results"]
    except (KeyError, TypeError) as error:
        raise _unreadable("with something else than a page") from error
    if not (isinstance(total, int) and isinstance(entries, list)):
        raise _unreadable("with something else than a page")
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise _unreadable("with something else than a page")
    return total, entries


def _redacted(errors: Any, answer: HttpResponse) -> Any:
    """Return a list of refusals without what is secret in their reasons; all else as it is."""
    if not (isinstance(errors, list) and all(isinstance(entry, Mapping) for entry in errors)):
        return errors
    return [
        redacted({**entry, "reason": str(entry.get("reason"))}, "reason", answer)
        for entry in errors
    ]


def _date(answer: HttpResponse) -> datetime | None:
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _parts(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _unreadable(what: str) -> TransientError:
    return TransientError(f"{SERVICE} answered {what}", service=SERVICE)
