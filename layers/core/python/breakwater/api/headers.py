"""What every answer tells browsers and caches, whoever asks and whatever comes of it.

An API is not a page: nothing may be loaded, framed or guessed from what it says, and nothing that
is somebody's is kept by a cache. A route that may be cached says so itself; the page with the
description brings a policy of its own.
Source: cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html, "Security Headers".
"""

from collections.abc import Mapping

EVERYWHERE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    # Only for the host itself: what else lives under a custom domain is not ours to promise.
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
