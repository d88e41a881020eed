"""How a deployment has set its AI provider, whichever it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.domain.chats import SERVICE
from breakwater.domain.errors import ConfigurationError

MAX_OUTPUT_TOKENS = 1_024
CONTEXT_TOKENS = 8_000
_MOST = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """What every kind of provider is told. Tokens are the provider's own, but for the context's."""

    kind: str
    model: str
    context_tokens: int
    """How long a prompt may be, as domain.chats estimates it."""
    max_output_tokens: int
    system_prompt: str | None
    values: Mapping[str, Any]
    """All settings, for what only one kind has."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "ProviderSettings":
        """Read `{provider, model, context_tokens?, max_output_tokens?, system_prompt?}`.

        Raises: ConfigurationError naming what is missing or wrong.
        """
        return cls(
            kind=text(values, "provider"),
            model=text(values, "model"),
            context_tokens=_tokens(values, "context_tokens", CONTEXT_TOKENS),
            max_output_tokens=_tokens(values, "max_output_tokens", MAX_OUTPUT_TOKENS),
            system_prompt=text(values, "system_prompt") if "system_prompt" in values else None,
            values=values,
        )


def text(values: Mapping[str, Any], name: str) -> str:
    """Return a setting that is a text. Raises ConfigurationError."""
    value = values.get(name)
    if isinstance(value, str) and value:
        return value
    raise ConfigurationError(f"{SERVICE}'s settings lack {name!r}")


def _tokens(values: Mapping[str, Any], name: str, assumed: int) -> int:
    value = values.get(name, assumed)
    if type(value) is int and 0 < value <= _MOST:
        return value
    raise ConfigurationError(f"{SERVICE}'s {name} is not a number of tokens")
