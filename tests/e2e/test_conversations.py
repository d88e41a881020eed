"""Conversations through the whole stack, whatever the provider does meanwhile."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from infra.local import talk
from infra.local.client import Client, Run

pytestmark = pytest.mark.e2e

Fault = Callable[..., None]
PROMISED_SECONDS = 5.0
SLOW_SECONDS = 10.0
"""Less than a provider may take, more than anything else here."""


@pytest.fixture
def conversation_id(submitter: Client) -> str:
    begun = submitter.request("POST", "conversations").raise_for_status()
    found: str = begun.json()["conversation_id"]
    return found


@pytest.fixture
def manner(control: httpx.Client) -> Iterator[Callable[..., None]]:
    """Have the provider answer in some way until the end of the test."""

    def change(**manner: Any) -> None:
        control.post("/ai/manner", json=manner).raise_for_status()

    yield change
    change()


def asked(client: Client, conversation_id: str, content: str = "Why?") -> str:
    answer = talk.say(client, conversation_id, content)
    assert answer.status_code == 202, answer.text
    task_id: str = answer.json()["task_id"]
    return task_id


def answered(client: Client, conversation_id: str, content: str = "Why?") -> Run:
    run = client.watch(asked(client, conversation_id, content), seconds=60)
    assert run.ended
    return run


def roles(client: Client, conversation_id: str) -> list[str]:
    history = client.request("GET", f"conversations/{conversation_id}").raise_for_status().json()
    return [message["role"] for message in history["messages"]]


def completions(control: httpx.Client) -> int:
    """Return how many completions have been asked for."""
    listed = control.get("/requests").json()
    return sum("completions" in one["path"] for one in listed["requests"])


def test__conversation__is_held_and_read_back_by_its_owner_only(
    submitter: Client, second_submitter: Client
) -> None:
    answer = talk.hold(submitter)
    assert answer.status_code == 202
    run = submitter.watch(answer.json()["task_id"], seconds=60)
    assert run.last["status"] == "SUCCESS"
    assert talk.fault(submitter, run) is None
    assert run.last["result"]["metadata"]["finish_reason"] == "stop"
    path = f"conversations/{run.last['result']['conversation_id']}"
    assert second_submitter.request("GET", path).status_code == 404
    assert (
        second_submitter.request("POST", f"{path}/messages", json={"content": "?"}).status_code
        == 404
    )


def test__provider_is_slow__the_api_is_not__and_nothing_counts_as_a_failure(
    submitter: Client, conversation_id: str, payload: dict[str, Any], fault: Fault
) -> None:
    # About 1,400 bytes of answer, one after the other.
    fault(
        "completions", kind="trickle", interval_seconds=SLOW_SECONDS / 1_400, when="after", count=1
    )
    task_id = asked(submitter, conversation_id)
    accepts = []
    refused = None
    end = time.monotonic() + SLOW_SECONDS / 2
    while time.monotonic() < end:
        began = time.monotonic()
        assert submitter.deploy(payload).status_code == 202
        second = talk.say(submitter, conversation_id, "And?")
        accepts.append(time.monotonic() - began)
        refused = second if refused is None else refused
        assert second.status_code == 409
    assert refused is not None
    assert refused.json()["task_id"] == task_id
    print(f"{len(accepts)} pairs of requests, the slowest in {max(accepts):.2f} s")
    assert max(accepts) < 2 * PROMISED_SECONDS

    run = submitter.watch(task_id, seconds=60)
    assert run.last["status"] == "SUCCESS"
    assert run.last["result"]["metadata"]["latency_ms"] > 5_000
    assert roles(submitter, conversation_id) == ["user", "assistant"]
    breaker = submitter.request("GET", "breakers/ai").json()["ai"]
    assert (breaker["state"], breaker["fail_counter"]) == ("closed", 0)


def test__provider_throttles__waits_and_answers(
    submitter: Client, conversation_id: str, fault: Fault
) -> None:
    fault("completions", kind="status", status=429, retry_after="3", count=1)
    run = answered(submitter, conversation_id)
    assert (run.last["status"], run.last["attempt"]) == ("SUCCESS", 1)
    assert "RETRYING" in run.statuses
    assert run.seconds >= 3


def test__provider_fails_once__is_asked_again__one_message_each(
    submitter: Client, conversation_id: str, fault: Fault
) -> None:
    fault("completions", kind="reset", when="after", count=1)
    run = answered(submitter, conversation_id)
    assert (run.last["status"], run.last["attempt"]) == ("SUCCESS", 2)
    assert roles(submitter, conversation_id) == ["user", "assistant"]


@pytest.mark.parametrize("broken", ["failing", "malformed"])
def test__provider_stays_broken__failed_after_three_tries__with_one_event(
    control: httpx.Client, submitter: Client, conversation_id: str, fault: Fault, broken: str
) -> None:
    before = completions(control)
    if broken == "failing":
        fault("completions", kind="status", status=500)
    else:
        fault("completions", kind="malformed", when="after")
    run = answered(submitter, conversation_id)
    assert (run.last["status"], run.last["error"]["type"]) == ("FAILED", "TransientError")
    assert completions(control) - before == 3
    assert roles(submitter, conversation_id) == ["user"]
    correlation = {"correlation_id": run.last["correlation_id"]}
    trail = submitter.request("GET", "events", params=correlation).raise_for_status().json()
    assert [event["type"] for event in trail["events"]] == ["AI_CHAT_FAILED"]
    assert trail["events"][0]["data"]["conversation_id"] == conversation_id


def test__provider_says_too_much__failed_at_once(
    control: httpx.Client, submitter: Client, conversation_id: str, manner: Callable[..., None]
) -> None:
    before = completions(control)
    manner(answer="x" * 1_000, repeat=200)
    run = answered(submitter, conversation_id)
    assert (run.last["status"], run.last["error"]["type"]) == ("FAILED", "PermanentError")
    assert completions(control) - before == 1


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test__answer_is_cut_or_filtered__says_so(
    submitter: Client, conversation_id: str, manner: Callable[..., None], reason: str
) -> None:
    manner(answer="So f", finish_reason=reason)
    run = answered(submitter, conversation_id)
    assert run.last["status"] == "SUCCESS"
    assert run.last["result"]["metadata"]["finish_reason"] == reason
