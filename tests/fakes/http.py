"""A vendor on paper: a ports.HttpClient that answers what was written down, in that order."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Unpack

from breakwater.adapters.http.redaction import redact
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import HttpOptions, HttpResponse
from breakwater.resilience.deadline import Deadline

Answer = HttpResponse | Exception


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it reached the client."""

    method: str
    url: str
    service: str
    correlation_id: str
    deadline: Deadline
    options: HttpOptions

    @property
    def authorization(self) -> str | None:
        return self.options.get("headers", {}).get("Authorization")


class PaperHttp(ABC):
    """Notes each request in `sent`, and leaves its answer to whoever derives from this."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

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
        sent = Sent(method, url, service, correlation_id, deadline, options)
        self.sent.append(sent)
        answer = self.answer(sent)
        check = options.get("check")
        if check is not None:
            check(answer)
        return answer

    @abstractmethod
    def answer(self, sent: Sent) -> HttpResponse:
        """Return the answer to a request, or raise what the client would raise."""


class ScriptedHttp(PaperHttp):
    """Gives each answer once; an exception among them is raised."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__()
        self._answers = list(answers)

    def answer(self, sent: Sent) -> HttpResponse:
        assert self._answers, f"nothing is written down for {sent.method} {sent.url}"
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ok(body: Any = None, status: int = 200, **headers: str) -> HttpResponse:
    """Return a 2xx answer: bytes as they are, anything else as JSON, None as no body."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return HttpResponse(
        status_code=status, headers=headers, body=raw, service="intune", redact=redact
    )


def refused(status: int) -> PermanentError:
    """Return what the client raises for a 4xx."""
    return PermanentError(f"answered {status}", service="intune", status_code=status)


def failed(status: int | None = 500, *, may_have_applied: bool = True) -> TransientError:
    """Return what the client raises for a 5xx, or without a status, for a broken connection."""
    return TransientError(
        f"answered {status}",
        service="intune",
        status_code=status,
        may_have_applied=may_have_applied,
    )
