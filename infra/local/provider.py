"""A user's own AI provider instead of the stand-in: whatever speaks OpenAI's chat completions.

Environment: AI_BASE_URL, such as http://127.0.0.1:11434/v1, and AI_API_KEY; AI_MODEL, without which
it is the first model that the provider lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from infra.local.errors import LocalStackError

SECONDS = 10


@dataclass(frozen=True)
class OwnProvider:
    """What the functions are told of it."""

    settings: Mapping[str, Any]
    secret: Mapping[str, str] = field(repr=False)


def own_provider(environ: Mapping[str, str]) -> OwnProvider | None:
    """Return the provider that the environment names, or None: the stand-in answers.

    Raises: LocalStackError where only a part of it is named, or no model can be found.
    """
    base_url, key = environ.get("AI_BASE_URL", ""), environ.get("AI_API_KEY", "")
    if not base_url and not key:
        return None
    if not base_url or not key:
        raise LocalStackError("Set both AI_BASE_URL and AI_API_KEY, or neither.")
    model = environ.get("AI_MODEL") or _first_model(base_url, key)
    settings = {"provider": "openai", "base_url": base_url, "model": model}
    return OwnProvider(settings, {"api_key": key})


def _first_model(base_url: str, key: str) -> str:
    """Return the first model that the provider lists."""
    try:
        answer = httpx.get(
            f"{base_url.rstrip('/')}/models",
            headers={"Authorization": f"Bearer {key}"},
            timeout=SECONDS,
            trust_env=False,  # the product asks no proxy either
        )
        listed = answer.raise_for_status().json()["data"]
        return str(listed[0]["id"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError) as error:
        raise LocalStackError(
            f"{base_url} lists no model ({type(error).__name__}): set AI_MODEL."
        ) from error
