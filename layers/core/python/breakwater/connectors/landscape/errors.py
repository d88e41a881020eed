"""Landscape's own errors, `{"error": "UnknownComputers", "message": ...}`, known by their names.

UNSURE: which status goes with which error is not documented (400 is likely). The name decides, and
the status only where there is none that is known here.
"""

import json
import re
from typing import Unpack

from breakwater.connectors.landscape import SERVICE
from breakwater.domain.errors import PermanentError, ThrottledError, TransientError
from breakwater.ports import HttpClient, HttpOptions, HttpResponse
from breakwater.resilience.deadline import Deadline

UNAUTHORIZED = 401
REFUSALS = frozenset(
    {"UnknownComputers", "UnknownPackages", "InvalidQuery", "InvalidTime", "Unauthorised"}
)
"""What Landscape says of a request before it does anything about it."""

_CUT = re.compile(r'"error"\s*:\s*"(\w+)"')


class NamedErrors:
    """ports.HttpClient, with Landscape's refusals told from what may pass.

    `Unauthorised` leaves here as 401 whatever its status was: a session renews its login by that.
    """

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        *,
        service: str,
        correlation_id: str,
        deadline: Deadline,
        **options: Unpack[HttpOptions],
    ) -> HttpResponse:
        """Send a request; see ports.HttpClient for the options and the errors."""
        try:
            answer = self._http.request(
                method,
                url,
                service=service,
                correlation_id=correlation_id,
                deadline=deadline,
                **options,
            )
        except ThrottledError:
            raise
        except (TransientError, PermanentError) as error:
            name = _name_in(error.response_body or "")
            if name not in REFUSALS:
                raise
            raise _refusal(name, str(error), error.status_code, error.response_body) from error
        # UNSURE whether an error may come under a 2xx; an activity has no field of this name.
        name = _name_in(answer.body.decode(errors="replace")) if b'"error"' in answer.body else None
        if name in REFUSALS:
            raise _refusal(name, f"{SERVICE} answered {answer.status_code}", answer.status_code)
        return answer


def _refusal(
    name: str | None, what: str, status: int | None, body: str | None = None
) -> PermanentError:
    return PermanentError(
        f"{what} ({name})",
        service=SERVICE,
        status_code=UNAUTHORIZED if name == "Unauthorised" else status,
        response_body=body,
    )


def _name_in(body: str) -> str | None:
    """Return the error's name in a body, which may be cut off."""
    try:
        document = json.loads(body)
    except ValueError:
        found = _CUT.search(body)
        return found[1] if found else None
    name = document.get("error") if isinstance(document, dict) else None
    return name if isinstance(name, str) else None
