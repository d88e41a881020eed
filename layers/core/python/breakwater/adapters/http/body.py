"""Reading a vendor's answer without letting it fill the memory.

Only gzip is offered to vendors and it is undone here, in small pieces, rather than by httpx: there
a single piece of a decompression bomb, or gzip inside gzip, is inflated whole before anyone can
count.
"""

import contextlib
import zlib
from collections.abc import Callable, Iterator

import httpcore
import httpx

_PIECE = 64 * 1024
_EXCERPT = 16 * 1024
_LAST_WORDS = 64
_GZIP = zlib.MAX_WBITS | 16


class BodyTooLargeError(Exception):
    """The decoded body is longer than the caller takes."""


class BodyGarbledError(Exception):
    """The body is not in the encoding that its header names."""


def read_body(
    response: httpx.Response, limit: int, is_whole: Callable[[bytes], bool] | None = None
) -> bytes:
    """Return the decoded body, up to its end or to where `is_whole` says that it is there.

    `is_whole` is shown the last 64 bytes so far. Raises BodyTooLargeError past `limit`,
    BodyGarbledError.
    """
    body = bytearray()
    for piece in _decoded(response):
        body += piece
        if len(body) > limit:
            raise BodyTooLargeError
        if is_whole is not None and is_whole(bytes(body[-_LAST_WORDS:])):
            break
    return bytes(body)


def read_excerpt(response: httpx.Response) -> bytes:
    """Return the first 16 KiB of the decoded body, or what of it can be had.

    The status has been told already: a body that breaks, stalls or never ends must not hide it.
    """
    body = bytearray()
    with contextlib.suppress(
        httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, BodyGarbledError
    ):
        for piece in _decoded(response):
            body += piece
            if len(body) >= _EXCERPT:
                break
    return bytes(body[:_EXCERPT])


def _decoded(response: httpx.Response) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return response.iter_raw()
    if encoding in ("gzip", "x-gzip"):
        return _gunzip(response.iter_raw())
    raise BodyGarbledError(encoding)


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder, complete = zlib.decompressobj(_GZIP), True
    for piece in pieces:
        data = piece
        while data:
            try:
                yield decoder.decompress(data, _PIECE)
            except zlib.error as error:
                raise BodyGarbledError from error
            complete = decoder.eof
            data = decoder.unused_data if complete else decoder.unconsumed_tail
            if complete:  # what follows, if anything, is another member of the same file
                decoder = zlib.decompressobj(_GZIP)
    if not complete:
        raise BodyGarbledError
