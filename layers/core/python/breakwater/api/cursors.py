"""Where a list goes on: opaque to clients, signed, and good for one caller and one query."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256

from breakwater.api.bodies import invalid
from breakwater.api.problems import Fault
from breakwater.domain.requests import canonical

MAX_CURSOR_CHARS = 2_048


class Cursors:
    """Makes cursors of positions, and reads those that it has made."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Bind to what gives the signing key: it is asked when a cursor is made or read."""
        self._key = key

    def seal(self, position: str, *, caller: str, query: str) -> str:
        """Return the cursor of a position in what `caller` has asked for."""
        return f"{_text(position.encode())}.{_text(self._sign(position, caller, query))}"

    def open(self, cursor: str, *, caller: str, query: str) -> str:
        """Return the position. Raises ApiProblem 400 for a cursor that is not this one's."""
        if len(cursor) <= MAX_CURSOR_CHARS and cursor.isascii():
            place, _, signature = cursor.partition(".")
            try:
                position = _bytes(place).decode()
                signed = _bytes(signature)
            except ValueError:
                raise _refused() from None
            if hmac.compare_digest(signed, self._sign(position, caller, query)):
                return position
        raise _refused()

    def _sign(self, position: str, caller: str, query: str) -> bytes:
        return hmac.digest(self._key(), canonical([caller, query, position]), sha256)


def _refused() -> Exception:
    return invalid([Fault("cursor", "not a cursor of this list for this caller; begin without")])


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
