"""The key and the model of a fresh stand-in. Neither exists elsewhere."""

from collections.abc import Mapping
from typing import Any

API_KEY = "local-stand-in-key"
MODEL = "stand-in-1"

SECRET = {"api_key": API_KEY}


def settings(base_url: str) -> Mapping[str, Any]:
    """Return the provider's settings for a stand-in at `base_url`."""
    return {
        "provider": "openai",
        "base_url": f"{base_url}/v1",
        "model": MODEL,
        "context_tokens": 2000,
        "max_output_tokens": 256,
        "logprobs": True,
    }
