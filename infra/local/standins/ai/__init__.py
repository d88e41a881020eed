"""An AI provider that speaks OpenAI's chat completions, streamed; what it says can be foretold.

It is stricter than OpenAI where a lenient server would hide a client's mistake: fields that it does
not know are refused, and so is a question that does not come last.
"""

from infra.local.standins.ai.seeds import API_KEY, MODEL
from infra.local.standins.ai.service import build

__all__ = ["API_KEY", "MODEL", "build"]
