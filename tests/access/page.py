"""Holds the description's page against its policy: what runs is named, and nothing is loaded."""

import base64
import hashlib
from html.parser import HTMLParser


class Page(HTMLParser):
    """Collects what would run, and what would be loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        self.loaded += [(tag, value) for name, value in attrs if name in {"src", "href", "style"}]

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in self.texts:
            self.texts[self._in].append(data)


def check(text: str, policy: str) -> Page:
    """Hold a page against the Content-Security-Policy that came with it."""
    page = Page(text)
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    for kind, directive in (("script", "script-src"), ("style", "style-src")):
        digests = [hashlib.sha256(text.encode()).digest() for text in page.texts[kind]]
        named = {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}
        assert set(directives[directive].split()) == named
    assert page.loaded == []
    assert directives["default-src"] == directives["base-uri"] == "'none'"
    assert directives["connect-src"] == "'self'"
    assert "unsafe" not in policy
    return page
