"""The server's side of NTLM (MS-NLMP), for one account whose password is no secret.

Written from the specification and not with the library that the client uses.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field

USER = "STANDIN\\breakwater"
PASSWORD = "local-stand-in-password"  # noqa: S105 - opens nothing but this process
_NT_HASH = bytes.fromhex("d49563619c5a693578e52ede9547ce49")
"""MD4 of PASSWORD, which Python's hashlib no longer computes."""

SIGNATURE = b"NTLMSSP\0"
_NEGOTIATE, _CHALLENGE, _AUTHENTICATE = 1, 2, 3
_UNICODE, _REQUEST_TARGET, _NTLM, _TARGET_INFO = 0x1, 0x4, 0x200, 0x800000
_SIGN, _EXTENDED, _VERSION, _STRONG = 0x8000, 0x80000, 0x2000000, 0xE0000000
_FLAGS = _UNICODE | _REQUEST_TARGET | _NTLM | _TARGET_INFO | _SIGN | _EXTENDED | _VERSION | _STRONG
_END, _COMPUTER, _DOMAIN, _BINDINGS = 0, 1, 2, 10
_PROOF_BYTES, _BLOB_HEAD_BYTES = 16, 28


def token_of(header: str) -> bytes | None:
    """Return the message in an Authorization header, or None where there is no NTLM in it."""
    scheme, _, text = header.partition(" ")
    if scheme.upper() != "NTLM":
        return None
    try:
        token = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return token if token.startswith(SIGNATURE) else None


def kind_of(token: bytes) -> int:
    """Return a message's type."""
    return int.from_bytes(token[8:12], "little")


def begins(token: bytes) -> bool:
    """Tell whether a message asks for a challenge."""
    return kind_of(token) == _NEGOTIATE


@dataclass(frozen=True)
class Challenge:
    """What one connection was asked, once."""

    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(8))

    @property
    def header(self) -> str:
        """Return the challenge as a WWW-Authenticate header."""
        target = "STANDIN".encode("utf-16-le")
        names = _pair(_DOMAIN, target) + _pair(_COMPUTER, target) + _pair(_END, b"")
        start = 56
        message = (
            SIGNATURE
            + struct.pack("<IHHI", _CHALLENGE, len(target), len(target), start)
            + struct.pack("<I", _FLAGS)
            + self.nonce
            + bytes(8)
            + struct.pack("<HHI", len(names), len(names), start + len(target))
            + bytes.fromhex("0a0063450000000f")  # Windows Server 2016, NTLM revision 15
            + target
            + names
        )
        return "NTLM " + base64.b64encode(message).decode()

    def met_by(self, token: bytes) -> bool:
        """Tell whether a message answers this challenge for USER, by NTLMv2 and nothing older."""
        if kind_of(token) != _AUTHENTICATE:
            return False
        response = _field(token, 20)
        domain, user = (_field(token, at).decode("utf-16-le") for at in (28, 36))
        if f"{domain}\\{user}".upper() != USER.upper():
            return False
        key = _hmac(_NT_HASH, (user.upper() + domain).encode("utf-16-le"))
        proof, blob = response[:_PROOF_BYTES], response[_PROOF_BYTES:]
        return hmac.compare_digest(proof, _hmac(key, self.nonce + blob))


def bindings_of(token: bytes) -> bytes | None:
    """Return the hash of the channel that an answer is bound to, or None where it names none."""
    pairs = _field(token, 20)[_PROOF_BYTES + _BLOB_HEAD_BYTES :]
    while pairs:
        kind, length = struct.unpack_from("<HH", pairs)
        if kind == _BINDINGS:
            return pairs[4 : 4 + length]
        pairs = pairs[4 + length :] if kind != _END else b""
    return None


def _pair(kind: int, value: bytes) -> bytes:
    return struct.pack("<HH", kind, len(value)) + value


def _field(token: bytes, at: int) -> bytes:
    length, _, start = struct.unpack_from("<HHI", token, at)
    return token[start : start + length]


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.md5).digest()
