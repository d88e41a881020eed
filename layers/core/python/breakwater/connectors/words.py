"""What of a vendor's own text may stand in a message or a handle: names and codes, never prose.

An error's message goes into logs, events and change records. Whatever else a vendor says may repeat
what it was sent, or be of any length: it comes as a redacted excerpt, or not at all.
"""

import re

LONGEST = 64

_PLAIN = re.compile(r"[\w.-]+", re.ASCII)


def plain(text: object, longest: int = LONGEST) -> str | None:
    """Return a name, code or id as it is, of at most `longest` characters; None for all else."""
    found = isinstance(text, str) and len(text) <= longest and _PLAIN.fullmatch(text)
    return str(text) if found else None
