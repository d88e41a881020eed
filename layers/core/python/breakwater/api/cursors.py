"""Where a list goes on: opaque to clients, and good for one caller and one query.

A position is a key of DynamoDB's, perhaps of what was passed over because it is somebody else's.
So cursors are encrypted and not only signed: AES-256-GCM, with caller and query as what is
authenticated beside it (NIST SP 800-38D).
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from breakwater.api.bodies import invalid
from breakwater.api.problems import Fault
from breakwater.domain.requests import canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAX_CURSOR_CHARS = 2_048
NONCE_BYTES = 12


class Cursors:
    """Makes cursors of positions, and reads those that it has made."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Bind to what gives the key, as long as it likes: asked when a cursor is made or read."""
        self._key = key

    def seal(self, position: str, *, caller: str, query: str) -> str:
        """Return the cursor of a position in what `caller` has asked for."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, position.encode(), canonical([caller, query]))
        return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, cursor: str, *, caller: str, query: str) -> str:
        """Return the position. Raises ApiProblem 400 for a cursor that is not this one's."""
        from cryptography.exceptions import InvalidTag

        try:
            if len(cursor) > MAX_CURSOR_CHARS:
                raise _refused()
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            nonce, sealed = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return self._cipher().decrypt(nonce, sealed, canonical([caller, query])).decode()
        except (ValueError, InvalidTag):
            raise _refused() from None

    def _cipher(self) -> "AESGCM":
        # Only now: most requests are about no cursor, and it takes longer to import than they take.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(sha256(self._key()).digest())


def _refused() -> Exception:
    return invalid([Fault("cursor", "not a cursor of this list for this caller; begin without")])
