"""The page with the description: whole in itself, and nothing else may run in it."""

import base64
import gzip
import json
import re

import pytest

from breakwater.api.openapi.swagger import START
from tests.access.page import check
from tests.fakes.events import http_event
from tests.fakes.front import Front

DOCS, DOCUMENT = "/api/v1/docs", "/api/v1/openapi.json"


def test__page__runs_what_its_policy_names_and_loads_nothing(front: Front) -> None:
    answer = front.get(DOCS, claims=None)
    page = check(answer.text, answer.headers["content-security-policy"])

    assert page.texts["script"][-1] == START
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
