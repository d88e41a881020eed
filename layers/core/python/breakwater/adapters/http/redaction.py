"""Taking secrets out of what vendors answer, before an error carries it into records and logs.

Vendors echo requests: a failed login repeats the client's secret, a proxy repeats the headers. A
body that is JSON is walked, so that escapes and nesting hide nothing; anything else, and every text
inside the JSON, goes through patterns that also hold for a body cut in the middle. In doubt a value
goes: `nextPageToken` is lost to a reader, which costs nothing.
"""

import json
import re
from typing import Any

from breakwater.domain.errors import MAX_BODY_CHARS

REDACTED = "[redacted]"

_NAMES = (
    r"token|secret|password|passwd|passphrase|pwd|authorization|api[-_ ]?key|access[-_ ]?key"
    r"|private[-_ ]?key|credential|assertion|cookie|signature"
)
_SENSITIVE_NAME = re.compile(_NAMES, re.IGNORECASE)
_STRING = r"\\*\"(?:[^\"\\]|\\.)*\"?|\\*'(?:[^'\\]|\\.)*'?"
_PATTERNS = (
    # Authorization: Custom a, b
    (re.compile(r"((?:authorization|cookie)\s*:\s*)[^\s\"'][^\r\n]*", re.IGNORECASE), r"\1"),
    # Bearer a.b.c
    (re.compile(r"(\b(?:bearer|basic|negotiate)\s+)[\w.~+/=-]+", re.IGNORECASE), r"\1"),
    # A JSON Web Token, wherever it stands, whole or cut.
    (re.compile(r"()\beyJ[\w.-]{5,}"), r"\1"),
    # https://user:password@host
    (re.compile(r"(://)[^/?#\s\"'<>]*(?=@)"), r"\1"),
    # <password>a</password>
    (re.compile(rf"(<[^<>/]{{0,64}}(?:{_NAMES})[^<>]{{0,64}}>)[^<]+", re.IGNORECASE), r"\1"),
    # "client_secret": "a", tokens = ['a', 'b'], access_token=a&...
    (
        re.compile(
            rf"((?:{_NAMES})[\w.-]{{0,64}}\\*[\"']?\s{{0,9}}[:=]\s{{0,9}})"
            rf"(?:{_STRING}|\[(?:{_STRING}|[^\]])*\]?|\{{(?:{_STRING}|[^}}])*\}}?"
            r"|[^\s&,;\"'<>}\]]+)",
            re.IGNORECASE,
        ),
        r"\1",
    ),
)


def excerpt(body: bytes) -> str | None:
    """Return the redacted start of a body, at most 500 characters; None if there is no body."""
    return redact(body.decode(errors="replace"))[:MAX_BODY_CHARS] or None


def redact(text: str) -> str:
    """Return `text` without tokens, the values of sensitive names, and credentials in URLs."""
    try:
        clean = json.dumps(_walk(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _redact_text(text)
    # JSON can spell half of a surrogate pair, which no store can encode.
    return clean.encode(errors="replace").decode()


def _walk(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _redact_text(name): REDACTED if _SENSITIVE_NAME.search(name) else _walk(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_walk(item) for item in value]
    return _redact_text(value) if isinstance(value, str) else value


def _redact_text(text: str) -> str:
    for pattern, kept in _PATTERNS:
        text = pattern.sub(kept + REDACTED, text)
    return text
