"""How a request is written down: URL and query, headers, and what of it may be told."""

import re
from collections.abc import Mapping

import httpx

_NAMED = re.compile(r"\$?[A-Za-z][A-Za-z_.-]*\d?|v\d+(\.\d+)*|\d?")
"""A part of a path as vendors name theirs, versions included. What is not may be an identifier, and
of a payload."""


def merged(url: str, params: Mapping[str, str] | None) -> httpx.URL:
    """Return `url` with `params`: httpx would let them replace its query, or write it anew."""
    return httpx.URL(url).copy_merge_params(params) if params else httpx.URL(url)


def headers_of(
    headers: Mapping[str, str] | None, correlation_id: str, trace: Mapping[str, str]
) -> httpx.Headers:
    """Return a connector's headers with ours: whose work it is, in which trace, and who asks."""
    found = httpx.Headers({**(headers or {}), **trace})
    found["X-Correlation-ID"] = correlation_id
    found.setdefault("User-Agent", "breakwater")
    found.setdefault("Accept-Encoding", "gzip")
    return found


def named_path(url: httpx.URL) -> str:
    """Return a URL's path without what may be of a payload, for messages and log lines."""
    path = url.raw_path.partition(b"?")[0].decode("ascii")
    return "/".join(_named(part) for part in path.split("/"))


def _named(part: str) -> str:
    """Return a part of a path, an asterisk for an identifier: `Things(7)` is `Things(*)`."""
    name, key, _ = part.partition("(")
    if _NAMED.fullmatch(name):
        return f"{name}(*)" if key else name
    return "*"
