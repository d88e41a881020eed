import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.standins import ai
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import Control, client

BODY: dict[str, Any] = {
    "model": ai.MODEL,
    "messages": [{"role": "user", "content": "Why?"}],
    "stream": True,
}
COMPLETIONS = "/v1/chat/completions"


@pytest.fixture
def provider(standins: StandIns, control: Control) -> Iterator[httpx.Client]:
    assert control.effects() == {}
    with client(standins.url_of("ai")) as http:
        http.headers["authorization"] = f"Bearer {ai.API_KEY}"
        yield http


def events(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test__completion__comes_in_pieces_and_says_why_it_stopped(provider: httpx.Client) -> None:
    found = events(provider.post(COMPLETIONS, json=BODY))
    deltas = [chunk["choices"][0]["delta"] for chunk in found]
    assert deltas[0] == {"role": "assistant", "content": ""}
    text = "".join(delta.get("content", "") for delta in deltas)
    assert text == "This is question 1 that I have been shown: Why?"
    assert [chunk["choices"][0]["finish_reason"] for chunk in found][-2:] == [None, "stop"]
    assert {chunk["object"] for chunk in found} == {"chat.completion.chunk"}


def test__usage__comes_last_and_only_if_asked_for(provider: httpx.Client) -> None:
    body = {**BODY, "stream_options": {"include_usage": True}}
    last = events(provider.post(COMPLETIONS, json=body))[-1]
    assert last["choices"] == []
    usage = last["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert all(chunk["choices"] for chunk in events(provider.post(COMPLETIONS, json=BODY)))


@pytest.mark.parametrize("key", ["", "Bearer other", "Basic x"])
def test__key__is_needed(provider: httpx.Client, key: str) -> None:
    for answer in (
        provider.post(COMPLETIONS, json=BODY, headers={"authorization": key}),
        provider.get("/v1/models", headers={"authorization": key}),
    ):
        assert answer.status_code == 401
        assert answer.json()["error"].keys() == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model": "other"}, 404),
        ({"stream": False}, 400),
        ({"messages": []}, 400),
        ({"messages": [{"role": "user", "content": ""}]}, 400),
        ({"messages": [{"role": "assistant", "content": "I begin"}]}, 400),
        ({"max_tokens": 0}, 400),
        ({"temperature": 1}, 400),
    ],
)
def test__request__that_is_wrong__is_refused_and_counted_nowhere(
    provider: httpx.Client, control: Control, change: dict[str, Any], status: int
) -> None:
    assert provider.post(COMPLETIONS, json={**BODY, **change}).status_code == status
    assert control.effects() == {}


def test__manner__is_what_it_says_until_it_is_reset(
    provider: httpx.Client, control: Control
) -> None:
    with client(str(provider.base_url).replace("/ai", "/_control/ai")) as script:
        manner = {"answer": "No.", "repeat": 3, "finish_reason": "length"}
        assert script.post("/manner", json=manner).status_code == 200
        found = events(provider.post(COMPLETIONS, json=BODY))
        text = "".join(c["choices"][0]["delta"].get("content", "") for c in found)
        assert (text, found[-1]["choices"][0]["finish_reason"]) == ("No.No.No.", "length")
        assert script.get("/prompts").json() == {"prompts": [BODY["messages"]]}
        control.reset()
        assert script.get("/prompts").json() == {"prompts": []}
    assert "question 1" in "".join(
        c["choices"][0]["delta"].get("content", "")
        for c in events(provider.post(COMPLETIONS, json=BODY))
    ).replace("\n", "")


def test__models__lists_the_one(provider: httpx.Client) -> None:
    assert [model["id"] for model in provider.get("/v1/models").json()["data"]] == [ai.MODEL]
