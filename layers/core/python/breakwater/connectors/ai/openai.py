"""Any provider that speaks OpenAI's chat completions, streamed.

Source: platform.openai.com/docs/api-reference/chat (`/create`, `/streaming`). What is sent is the
part that self-hosted servers (vLLM, llama.cpp, Ollama) take, too.
"""

from typing import Any

from breakwater.connectors.ai.stream import is_whole, read_answer
from breakwater.connectors.logins import Standing, field
from breakwater.connectors.session import Session
from breakwater.domain.chats import SERVICE, Answer, Prompt
from breakwater.domain.providers import ProviderSettings, text
from breakwater.ports import Clock, ConfigurationSource, HttpClient, HttpResponse, Run, Streaming

MAX_STREAM_BYTES = 4 * 1024 * 1024
"""A token comes in a piece of JSON of a few hundred bytes; what it is kept as is much shorter."""
LIMIT_FIELD = "max_tokens"
"""What the limit of an answer is called. OpenAI's own newer models want `max_completion_tokens`,
which older servers do not know."""


class OpenAiCompletions:
    """Speaks with one provider. Fulfils ports.Completions.

    Settings of its own: `base_url`, such as `https://api.openai.com/v1`; and, with defaults:
    `output_limit_field` (max_tokens), `logprobs`, whether to ask for what a confidence is made of
    (false), `ca_bundle`. Secret: `{api_key}`.
    """

    def __init__(self, source: ConfigurationSource, http: HttpClient, clock: Clock) -> None:
        self._session = Session(
            service=SERVICE,
            http=http,
            monotonic=clock.monotonic,
            login=Standing(
                header=lambda secret: f"Bearer {field(SERVICE, secret, 'api_key')}",
                credentials=lambda fresh: source.secret(SERVICE, fresh=fresh),
            ),
            check=None,  # an answer is a stream
        )

    def complete(self, run: Run, prompt: Prompt, settings: ProviderSettings) -> Answer:
        """Return what follows on the prompt, from one call."""
        answer = self._session.request(
            run,
            "POST",
            f"{_base(settings)}/chat/completions",
            repeatable=False,  # it costs money: whoever asks again, and how often, is decided above
            json_body=_body(prompt, settings),
            headers={"Accept": "text/event-stream"},
            ca_bundle=settings.values.get("ca_bundle"),
            streaming=Streaming(is_whole=is_whole, max_bytes=MAX_STREAM_BYTES),
        )
        return read_answer(answer.body, model=settings.model)

    def probe(self, run: Run, settings: ProviderSettings) -> None:
        """List the models, without a second try."""
        self._session.request(
            run,
            "GET",
            f"{_base(settings)}/models",
            repeatable=False,
            check=HttpResponse.json,
            ca_bundle=settings.values.get("ca_bundle"),
        )


def _base(settings: ProviderSettings) -> str:
    return text(settings.values, "base_url").rstrip("/")


def _body(prompt: Prompt, settings: ProviderSettings) -> dict[str, Any]:
    values = settings.values
    system = settings.system_prompt
    messages = [
        *([{"role": "system", "content": system}] if system else []),
        *({"role": role.value, "content": content} for role, content in prompt.messages),
    ]
    return {
        "model": settings.model,
        "messages": messages,
        values.get("output_limit_field", LIMIT_FIELD): settings.max_output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        **({"logprobs": True} if values.get("logprobs") is True else {}),
    }
