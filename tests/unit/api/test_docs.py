"""The page with the description: whole in itself, and nothing else may run in it."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from breakwater.api.openapi.swagger import START
from tests.fakes.events import http_event
from tests.fakes.front import Front

DOCS, DOCUMENT = "/api/v1/docs", "/api/v1/openapi.json"


class Page(HTMLParser):
    """Collects what would run, and what would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        self.loaded += [(tag, value) for name, value in attrs if name in {"src", "href", "style"}]

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in self.texts:
            self.texts[self._in].append(data)


def test__page__runs_what_its_policy_names_and_loads_nothing(front: Front) -> None:
    answer = front.get(DOCS, claims=None)
    page = Page()
    page.feed(answer.text)

    policy = answer.headers["content-security-policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    for kind, directive in (("script", "script-src"), ("style", "style-src")):
        digests = [hashlib.sha256(text.encode()).digest() for text in page.texts[kind]]
        named = {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}
        assert set(directives[directive].split()) == named
    assert page.loaded == []
    assert page.texts["script"][-1] == START
    assert directives["default-src"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test__scripts__cannot_end_or_comment_their_own_element(front: Front) -> None:
    page = front.get(DOCS, claims=None).text

    assert len(re.findall("<script", page)) == len(re.findall("</script", page)) == 2
    assert "<!--" not in page
    assert "\r" not in page  # a parser would change it, and with it the digest


@pytest.mark.parametrize("path", [DOCS, f"{DOCS}/", DOCUMENT])
def test__description__has_a_tag_by_which_it_is_not_sent_again(front: Front, path: str) -> None:
    first = front.get(path, claims=None)
    again = front.get(path, claims=None, if_none_match=first.headers["etag"])

    assert (again.status, again.text) == (304, "")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("path", [DOCS, DOCUMENT])
def test__description__is_compressed_for_those_who_take_it_so(front: Front, path: str) -> None:
    plain = front.get(path, claims=None)
    small = front.get(path, claims=None, accept_encoding="br, gzip")

    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(base64.b64decode(small.text)).decode() == plain.text
    assert len(small.text) < 700_000  # a Lambda's answer has at most 6 MB, base64 included


def test__document__is_the_description(front: Front) -> None:
    event = http_event("GET", DOCUMENT)
    assert json.loads(front.send(event).text)["openapi"] == "3.1.1"
