"""ServiceNow's Table API: read, create and update rows, and tell a real answer from another one.

Source: servicenow.com/docs, "Table API" (REST API reference).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from breakwater.connectors.session import Session
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpOptions, HttpResponse, Run

SERVICE = "servicenow"
JSON = "application/json"
NOT_FOUND = 404
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}")

Row = Mapping[str, Any]
"""A row by its fields; all values are strings, an empty one included where others have null."""


class Tables:
    """The tables of the instance at `base_url`."""

    def __init__(self, *, base_url: str, session: Session) -> None:
        self._base = f"{base_url}/api/now/table"
        self._session = session

    def read(
        self, run: Run, table: str, params: Mapping[str, str], *, repeatable: bool = True
    ) -> list[Row]:
        """Return the rows that `params` ask for and that this user may see.

        The limit among them applies before the ACLs do: a short answer, even an empty one, does not
        say that there are no more.
        """
        answer = self._call(run, "GET", table, params=params, repeatable=repeatable)
        rows = _result(answer)
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise _unusable(answer, "something else than rows")
        return rows

    def create(self, run: Run, table: str, fields: Mapping[str, str]) -> Row:
        """Create a row with one request, and return it as it is now."""
        return self._row(self._call(run, "POST", table, json_body=fields, repeatable=False))

    def update(self, run: Run, table: str, sys_id: str, fields: Mapping[str, str]) -> Row:
        """Change a row's fields with one request, and return it as it is now."""
        return self._row(
            self._call(run, "PATCH", f"{table}/{sys_id}", json_body=fields, repeatable=False)
        )

    def _row(self, answer: HttpResponse) -> Row:
        row = _result(answer)
        if not isinstance(row, Mapping):
            raise _unusable(answer, "something else than a row")
        return row

    def _call(
        self, run: Run, method: str, path: str, **options: Unpack[HttpOptions]
    ) -> HttpResponse:
        options["headers"] = {"Accept": JSON}
        options["retry_after"] = lambda headers: _wait(headers, run.now())
        options["check"] = _result
        try:
            return self._session.request(run, method, f"{self._base}/{path}", **options)
        except PermanentError as error:
            if error.status_code != NOT_FOUND:
                raise
            raise PermanentError(
                f"{error}: there is no such thing, or an ACL hides it from this user",
                service=SERVICE,
                status_code=NOT_FOUND,
                response_body=error.response_body,
            ) from error


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds until the user's limit, so many requests an hour, counts from zero."""
    reset = headers.get("x-ratelimit-reset", "")
    if not (reset.isascii() and reset.isdigit()):
        return None
    return max(0.0, int(reset) - now.timestamp())


def _result(answer: HttpResponse) -> Any:
    """Return what was asked for. Raises TransientError: a well instance sends it.

    UNSURE: an instance that cancels a long query may have sent its 200 by then, and append the
    error to the rows it had found. Such rows are not all: where there is an error, there is none.
    """
    # An instance that hibernates answers whatever it is asked with a page, under 200.
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        found = kind if _MEDIA_TYPE.fullmatch(kind) else "nothing of a kind"
        raise _unusable(answer, f"{found} instead of JSON, as a sleeping one does")
    body = answer.json()
    if not isinstance(body, Mapping) or "error" in body or "result" not in body:
        raise _unusable(answer, "no result")
    return body["result"]


def _unusable(answer: HttpResponse, what: str) -> TransientError:
    return TransientError(
        f"{SERVICE} answered {answer.status_code} with {what}",
        service=SERVICE,
        status_code=answer.status_code,
        may_have_applied=answer.may_have_applied,
    )
