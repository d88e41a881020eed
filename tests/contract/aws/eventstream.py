"""AWS's event stream encoding, the other side of what botocore decodes.

Source: docs.aws.amazon.com/transcribe/latest/dg/event-stream.html (Amazon's one description of
`application/vnd.amazon.eventstream`).
"""

import json
import struct
from binascii import crc32
from typing import Any

_TEXT = 7
"""The type of a header's value."""


def event(kind: str, payload: dict[str, Any]) -> bytes:
    """Return a message that carries an event."""
    return _message({":message-type": "event", ":event-type": kind}, payload)


def exception(kind: str, message: str = "no") -> bytes:
    """Return a message that carries an error the service has modelled."""
    return _message({":message-type": "exception", ":exception-type": kind}, {"message": message})


def _message(headers: dict[str, str], payload: dict[str, Any]) -> bytes:
    body = json.dumps(payload).encode()
    head = b"".join(
        _header(name, value)
        for name, value in {**headers, ":content-type": "application/json"}.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(body), len(head))
    prelude += struct.pack(">I", crc32(prelude))
    whole = prelude + head + body
    return whole + struct.pack(">I", crc32(whole))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return bytes([len(key)]) + key + bytes([_TEXT]) + struct.pack(">H", len(text)) + text
