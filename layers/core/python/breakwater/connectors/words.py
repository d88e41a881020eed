"""What of a vendor's own text may stand in a message or a handle: names and codes, never prose.

An error's message goes into logs, events and change records. Whatever else a vendor says may repeat
what it was sent, or be of any length: it comes as a redacted excerpt, or not at all. Results, which
say why a device has failed, hold such excerpts.
"""

import re
from collections.abc import Mapping
from typing import Any

from breakwater.ports import HttpResponse

LONGEST = 64
START, END = slice(4096), slice(-4096, None)
"""Which part of a text is read: much more than a result keeps, so that nothing secret is cut in two
before it is found."""

_PLAIN = re.compile(r"[\w.-]+", re.ASCII)


def plain(text: object, longest: int = LONGEST) -> str | None:
    """Return a name, code or id as it is, of at most `longest` characters; None for all else."""
    found = isinstance(text, str) and len(text) <= longest and _PLAIN.fullmatch(text)
    return str(text) if found else None


def redacted(
    document: Mapping[str, Any], name: str, answer: HttpResponse, part: slice = START
) -> Mapping[str, Any]:
    """Return a part of an answer's document with its text `name`, if it has one, redacted."""
    text = document.get(name)
    return {**document, name: answer.redact(text[part])} if isinstance(text, str) else document
