"""Amazon Bedrock: ports.Completions by ConverseStream, one call, within bounds of its own.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. It streams
so that an answer which takes a minute can be told from one that never comes.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.eventstream import ParserError
from botocore.exceptions import ClientError, EventStreamError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from breakwater.adapters.aws import UNREACHABLE, Timeouts, code_of
from breakwater.adapters.http.calls import CallObserver, Unobserved, observed
from breakwater.domain.chats import (
    MAX_ANSWER_BYTES,
    SERVICE,
    Answer,
    FinishReason,
    Prompt,
    Role,
    checked,
    joined,
)
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.providers import ProviderSettings
from breakwater.ports import Clock, Run
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guarded

TIMEOUTS = Timeouts(connect=5.0, read=30.0, attempts=1)
"""30 s between two bytes, and one call: whoever asks again decides that above."""
TOTAL_SECONDS = 120.0

_TRANSIENT = {
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ModelStreamErrorException": 424,
    "ThrottlingException": 429,
    "ModelNotReadyException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}
"""What may pass, and its status: an error inside a stream comes without one."""
_BAD_REQUEST, _TOO_MANY_REQUESTS, _SERVER_ERROR = 400, 429, 500

_REASONS: Mapping[str, FinishReason] = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "content_filtered": FinishReason.CONTENT_FILTER,
    "guardrail_intervened": FinishReason.CONTENT_FILTER,
}


class BedrockCompletions:
    """Speaks with Bedrock in this account and region. `model` is a model's or profile's id."""

    def __init__(
        self,
        client: Any,
        *,
        guards: Callable[[str], Guarded],
        clock: Clock,
        observer: CallObserver | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """Bind to a client of bedrock-runtime, made with TIMEOUTS."""
        self._client = client
        self._guards = guards
        self._clock = clock
        self._observer = observer or Unobserved()
        self._total = total_seconds

    def complete(self, run: Run, prompt: Prompt, settings: ProviderSettings) -> Answer:
        """Return what follows on the prompt, from one call."""
        return checked(self._converse(run, prompt, settings, settings.max_output_tokens))

    def probe(self, run: Run, settings: ProviderSettings) -> None:
        """Ask for a single token: there is no call that costs nothing and tells as much."""
        self._converse(run, Prompt([(Role.USER, "ping")]), settings, 1)

    def _converse(
        self, run: Run, prompt: Prompt, settings: ProviderSettings, max_tokens: int
    ) -> Answer:
        deadline = run.deadline.within(self._total)
        if deadline.passed:
            raise _transient("was not asked, no time is left", blames_service=False)
        watched = observed(self._observer, SERVICE, self._clock)
        with self._guards(SERVICE).guard(timeout=deadline.remaining), watched, _translated():
            answer = self._client.converse_stream(**_request(prompt, settings, max_tokens))
            stream = answer["stream"]
            try:
                return self._listen(stream, settings.model, deadline, cut=run.deadline)
            finally:
                stream.close()

    def _listen(self, stream: Any, model: str, deadline: Deadline, *, cut: Deadline) -> Answer:
        said = _Said()
        for event in stream:
            said.hear(event)
            if deadline.passed and said.finish_reason is None:
                raise _transient("did not finish in time", blames_service=not cut.passed)
        return said.answer(model)


@dataclass
class _Said:
    """What has been heard so far."""

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    finish_reason: FinishReason | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in one event. Raises PermanentError for an answer that is too long."""
        piece = event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > MAX_ANSWER_BYTES:
            raise PermanentError(f"{SERVICE} answered with too much", service=SERVICE)
        if "messageStop" in event:
            reason = event["messageStop"].get("stopReason", "")
            self.finish_reason = _REASONS.get(reason, FinishReason.OTHER)
        self.usage = event.get("metadata", {}).get("usage", self.usage)

    def answer(self, model: str) -> Answer:
        """Return the whole. Raises TransientError where the stream broke off."""
        if self.finish_reason is None:
            raise _transient("broke off in the middle of an answer")
        return Answer(
            content=joined(self.pieces),
            model=model,
            finish_reason=self.finish_reason,
            input_tokens=self.usage.get("inputTokens"),
            output_tokens=self.usage.get("outputTokens"),
        )


def _request(prompt: Prompt, settings: ProviderSettings, max_tokens: int) -> dict[str, Any]:
    system = settings.system_prompt
    return {
        "modelId": settings.model,
        "messages": [
            {"role": role.value, "content": [{"text": content}]}
            for role, content in prompt.messages
        ],
        **({"system": [{"text": system}]} if system else {}),
        "inferenceConfig": {"maxTokens": max_tokens},
    }


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what botocore raises, and urllib3 inside a stream, into Breakwater's errors."""
    try:
        yield
    except ClientError as error:
        raise _meaning(error) from error
    except UNREACHABLE as error:
        raise _transient("did not answer in time") from error
    except HTTPError as error:
        raise _transient("broke the connection") from error
    except (ParserError, ResponseParserError) as error:
        raise _transient("streamed what cannot be read") from error


def _meaning(error: ClientError) -> TransientError | PermanentError:
    code = code_of(error)
    if isinstance(error, EventStreamError):
        code = code[:1].upper() + code[1:]  # in a stream they begin with a small letter
    told = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _BAD_REQUEST)
    status = _TRANSIENT.get(code, told)
    if code in _TRANSIENT or status >= _SERVER_ERROR:
        throttled = status == _TOO_MANY_REQUESTS
        return _transient(f"answered {code}", status=status, blames_service=not throttled)
    return PermanentError(f"{SERVICE} answered {code}", service=SERVICE, status_code=status)


def _transient(
    what: str, *, status: int | None = None, blames_service: bool = True
) -> TransientError:
    return TransientError(
        f"{SERVICE} {what}",
        service=SERVICE,
        status_code=status,
        may_have_applied=False,
        blames_service=blames_service,
    )
