"""Blocks of a page that the code writes; all else on the page is written by hand.

<!-- costs, written by make docs -->
...
<!-- end of what make docs writes -->
"""

import re
from collections.abc import Callable


def between_marks(name: str, target: str, text: str) -> str:
    """Return a block of `make <target>` as it stands in a page."""
    return f"<!-- {name}, written by make {target} -->\n{text}\n{_end(target)}"


def rewritten(page: str, target: str, write: Callable[[str], str | None]) -> str:
    """Return a page with each block of a target as `write` has it by its name; None leaves one."""

    def anew(found: re.Match[str]) -> str:
        text = write(found["name"])
        return found[0] if text is None else between_marks(found["name"], target, text)

    return re.sub(
        rf"<!-- (?P<name>\w+), written by make {target} -->\n.*?{_end(target)}",
        anew,
        page,
        flags=re.DOTALL,
    )


def _end(target: str) -> str:
    return f"<!-- end of what make {target} writes -->"
