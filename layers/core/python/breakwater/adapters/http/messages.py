"""How a request is written down: its URL with its query, and its headers."""

from collections.abc import Mapping

import httpx


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
