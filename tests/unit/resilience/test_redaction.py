import base64
import json
import string
import time
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.adapters.http.redaction import credentials_in, excerpt, redact

unhurried = settings(deadline=None)
PAIR = base64.b64encode(b"user:pass word").decode()
NAMES = [
    "access_token", "refreshToken", "client_secret", "password", "secret", "token",
    "Authorization", "api_key", "X-Api-Key", "apikey", "privateKey", "Set-Cookie",
]  # fmt: skip
SECRETS = st.text(string.ascii_letters + string.digits + "-_+/=!$*", min_size=8, max_size=40).map(
    lambda tail: f"Zq7{tail}"  # so that it occurs nowhere else
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("token=abc&state=1", "token=[redacted]&state=1"),
        ("got Bearer abc.def-1 from you", "got Bearer [redacted] from you"),
        ("Authorization: Basic dTpw\nHost: h", "Authorization: [redacted]\nHost: h"),
        ("see eyJhbGciOiJI.eyJzdWIi.c2ln.", "see [redacted]"),
        ("GET https://me:p@w@vendor.example/x", "GET https://[redacted]@vendor.example/x"),
        ("https://vendor.example/a?mail=a@b.c", "https://vendor.example/a?mail=a@b.c"),
        ("<Password>abc</Password><b>c</b>", "<Password>[redacted]</Password><b>c</b>"),
        ("{'api_key': 'a b', 'b': 1}", "{'api_key': [redacted], 'b': 1}"),
        ("tokens: ['a]b', 'c'] end", "tokens: [redacted] end"),
        ("credentials={a: '}x', b: 2} end", "credentials=[redacted] end"),
        ("The token is invalid", "The token is invalid"),
        ('{"error": "x", "n": [1, null]}', '{"error": "x", "n": [1, null]}'),
        ('{"a": {"pass\\u0077ord": {"b": ["c"]}}}', '{"a": {"password": "[redacted]"}}'),
        ('{"detail": "{\\"token\\": \\"abc\\"}"}', '{"detail": "{\\"token\\": [redacted]}"}'),
        ("\u00fcber", "\u00fcber"),
    ],
)
def test__redact(text: str, kept: str) -> None:
    assert redact(text) == kept


@unhurried
@given(st.sampled_from(NAMES), SECRETS, st.integers(0, 200))
def test__json__cut_anywhere__secret_gone(name: str, secret: str, end: int) -> None:
    body = json.dumps({"error": "x", "inner": [{name: secret, "then": 'a "quote"'}]})
    for text in (body, json.dumps({"wrapped": body})):
        assert secret not in redact(text)
        assert secret[:8] not in redact(text[:end])


@unhurried
@given(st.sampled_from(NAMES), SECRETS, st.integers(0, 200))
def test__form__cut_anywhere__secret_gone(name: str, secret: str, end: int) -> None:
    text = urlencode({"grant": "x", name: secret, "state": "1"})
    quoted = urlencode({"": secret})[1:]
    assert quoted not in redact(text)
    assert quoted[:8] not in redact(text[:end])


@unhurried
@given(st.text() | st.recursive(st.text(), lambda inner: st.lists(inner)).map(json.dumps))
def test__anything__can_be_encoded_afterwards(text: str) -> None:
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert redact(text).encode().decode() == redact(text)


def test__half_a_surrogate_pair_in_json__can_be_stored() -> None:
    assert redact('{"a": "\\ud800"}') == '{"a": "?"}'


@pytest.mark.parametrize(
    "text",
    ["a" * 16_384, "token" * 3_000, "token" + " " * 16_000, "://" * 5_000, "[" * 16_384,
     '"' * 16_384, "token:[" * 2_000, "token:{" * 2_000, "<token" * 2_500, "token:'\\" * 2_000,
     "Bearer " * 2_000, "cookie:" * 2_000, "\\" * 16_384],
)  # fmt: skip
def test__hostile_text__costs_little(text: str) -> None:
    start = time.process_time()
    redact(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("body", "kept"),
    [(b"", None), (b"x" * 900, "x" * 500), (b"\xff\xfe", "\ufffd\ufffd")],
)
def test__excerpt__bounded_text(body: bytes, kept: str | None) -> None:
    assert excerpt(body) == kept


@pytest.mark.parametrize(
    ("content", "credentials"),
    [
        ({"headers": {"Authorization": "Bearer abcdefgh"}}, {"abcdefgh"}),
        ({"headers": {"X-Api-Key": "abcdefgh", "Accept": "text/plain"}}, {"abcdefgh"}),
        ({"headers": {"authorization": f"Basic {PAIR}"}}, {PAIR, "pass word"}),
        ({"headers": {"authorization": "Basic a"}}, set()),
        ({"data": {"client_id": "identifier", "client_secret": "abcdefgh"}}, {"abcdefgh"}),
        ({"json": {"email": "a@example.com", "password": "abcdefgh"}, "data": None}, {"abcdefgh"}),
        ({"json": {"password": "short"}}, set()),
        ({"json": [{"password": "of the payload"}], "headers": None}, set()),
    ],
)  # fmt: skip
def test__credentials__are_those_that_a_request_carries(
    content: dict[str, object], credentials: set[str]
) -> None:
    assert credentials_in(content) == credentials


@unhurried
@given(
    SECRETS, st.sampled_from(["{}", '["{}"]', '{{"said": "no {} here", "{}": [1]}}', "<b>{}</b>"])
)
def test__what_was_sent__is_nowhere_in_the_answer(secret: str, echo: str) -> None:
    assert secret not in redact(
        echo.replace("{{", "{").replace("}}", "}").replace("{}", secret), [secret]
    )
