from typing import Any

import httpx
import pytest

from infra.local.errors import LocalStackError
from infra.local.provider import own_provider

URL, KEY = "https://ai.example/v1/", "a-key"
BOTH = {"AI_BASE_URL": URL, "AI_API_KEY": KEY}


def answering(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[str]:
    asked = []

    def get(url: str, **_: Any) -> httpx.Response:
        asked.append(url)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json=answer, request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", get)
    return asked


def test__nothing_is_set__the_stand_in_answers() -> None:
    assert own_provider({}) is None
    assert own_provider({"AI_BASE_URL": "", "AI_API_KEY": "", "AI_MODEL": "m"}) is None


@pytest.mark.parametrize("name", BOTH)
def test__only_one_is_set__says_that_it_takes_both(name: str) -> None:
    with pytest.raises(LocalStackError, match="both"):
        own_provider({name: "x"})


def test__both_and_a_model__nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, {})
    own = own_provider({**BOTH, "AI_MODEL": "llama"})
    assert own is not None
    assert own.settings == {"provider": "openai", "base_url": URL, "model": "llama"}
    assert own.secret == {"api_key": KEY}
    assert KEY not in repr(own)
    assert asked == []


def test__no_model__is_the_first_that_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, {"data": [{"id": "first"}, {"id": "second"}]})
    own = own_provider(BOTH)
    assert own is not None
    assert own.settings["model"] == "first"
    assert asked == ["https://ai.example/v1/models"]


@pytest.mark.parametrize("answer", [{"data": []}, {}, [], httpx.ConnectError("no")])
def test__no_model_is_listed__asks_for_one_and_keeps_the_key(
    monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(LocalStackError, match="AI_MODEL") as caught:
        own_provider(BOTH)
    assert KEY not in str(caught.value)
