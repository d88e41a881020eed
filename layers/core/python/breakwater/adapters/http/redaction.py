"""Taking secrets out of what vendors answer, before an error carries it into records and logs.

Vendors echo requests: a failed login repeats the client's secret, a proxy repeats the headers. A
body that is JSON is walked, so that escapes and nesting hide nothing; anything else, and every text
inside the JSON, goes through patterns that also hold for a body cut in the middle. In doubt a value
goes: `nextPageToken` is lost to a reader, which costs nothing. What the request itself has carried
as credentials goes wherever it stands.
"""

import base64
import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
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


_SHORTEST = 6
"""A credential below this says nothing, and would take too much of a text along."""


def excerpt(body: bytes, sent: Collection[str] = ()) -> str | None:
    """Return the redacted start of a body, at most 500 characters; None if there is no body."""
    return redact(body.decode(errors="replace"), sent)[:MAX_BODY_CHARS] or None


def redact(text: str, sent: Collection[str] = ()) -> str:
    """Return `text` without tokens, the values of sensitive names, and credentials in URLs.

    `sent` are credentials that are known: see credentials_in.
    """
    try:
        clean = json.dumps(_walk(json.loads(text), sent), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _redact_text(text, sent)
    # JSON can spell half of a surrogate pair, which no store can encode.
    return clean.encode(errors="replace").decode()


def credentials_in(content: Mapping[str, Any]) -> frozenset[str]:
    """Return what a request authenticates by: `content` has httpx's `headers`, `json`, `data`."""
    found = {*_authorizing(content.get("headers") or {})}
    for form in (content.get("json"), content.get("data")):
        if isinstance(form, Mapping):
            found |= {str(value) for name, value in form.items() if _SENSITIVE_NAME.search(name)}
    return frozenset(value for value in found if len(value) >= _SHORTEST)


def _authorizing(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if not _SENSITIVE_NAME.search(name):
            continue
        scheme, _, credential = value.partition(" ")
        yield credential or scheme
        if scheme.lower() == "basic":
            with suppress(ValueError):  # no Base64: then nobody can read a password from it
                pair = base64.b64decode(credential + "==").decode(errors="replace")
                yield pair.partition(":")[2]


def _walk(value: Any, sent: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {
            _redact_text(name, sent): REDACTED
            if _SENSITIVE_NAME.search(name)
            else _walk(item, sent)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_walk(item, sent) for item in value]
    return _redact_text(value, sent) if isinstance(value, str) else value


def _redact_text(text: str, sent: Collection[str]) -> str:
    for credential in sent:
        text = text.replace(credential, REDACTED)
    for pattern, kept in _PATTERNS:
        text = pattern.sub(kept + REDACTED, text)
    return text
