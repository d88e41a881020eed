"""How much of a list a request asks for."""

from breakwater.api.problems import Fault


def read_limit(text: str | None, faults: list[Fault], *, most: int, default: int) -> int:
    """Return how many entries are wanted, `default` where nobody says; note what is wrong."""
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= most:
        return int(text)
    faults.append(Fault("limit", f"expected a whole number from 1 to {most}"))
    return default
