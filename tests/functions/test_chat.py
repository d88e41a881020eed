import json
from typing import Any

import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.fakes.conversations import CONVERSATION_ID, a_conversation
from tests.functions.account import Account
from tests.functions.lambdas import (
    CHAT_MACHINE,
    Context,
    Function,
    Lines,
    sample,
    settle,
    text,
)

COMPLETE = "chat/complete"


def said(account: Account) -> list[tuple[str, str]]:
    messages = account.conversations.read(CONVERSATION_ID, after=None, limit=100).messages
    return [(message.role.value, message.content) for message in messages]


def asked(account: Account) -> dict[str, Any]:
    """Store a conversation and a task of it; return what its step is invoked with."""
    event = sample(COMPLETE, "first_attempt")
    account.conversations.create(a_conversation())
    account.seed(event)
    return event


def test__post_message__is_stored_with_its_lease_and_started(
    account: Account, function: Function
) -> None:
    handler, event = function("api"), sample("api", "post_message")
    owner = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    account.conversations.create(a_conversation(owner=owner))
    answer = handler(event, Context())

    assert answer["statusCode"] == 202
    (execution,) = account.executions(CHAT_MACHINE)
    lease = account.only("leases")
    item = account.only("executions")
    assert execution["input"].encode() == item["input"]["B"]
    assert json.loads(execution["input"])["origin"] == text(item, "execution_name")
    assert text(lease, "resource") == f"conversation/{CONVERSATION_ID}"
    again = handler(event, Context())
    assert json.loads(again["body"]) == json.loads(answer["body"])
    event["headers"]["idempotency-key"] = "another"
    refused = handler(event, Context())
    assert refused["statusCode"] == 409
    assert json.loads(refused["body"])["task_id"] == text(item, "task_id")


def test__conversation__is_begun_and_read_back(account: Account, function: Function) -> None:
    handler = function("api")
    begun = handler(sample("api", "post_conversation"), Context())
    assert begun["statusCode"] == 201
    event = sample("api", "get_conversation")
    assert handler(event, Context())["statusCode"] == 404
    path = begun["headers"]["Location"]
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    answer = handler(event, Context())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["title"] == "Rollout of Editor 3"


@pytest.mark.usefixtures("vendor")
def test__complete__has_the_question_answered_and_settles(
    account: Account, function: Function
) -> None:
    event = asked(account)
    answer = function(COMPLETE)(event, Context())

    assert answer == {"next": "succeed", "resume_at": None}
    question = event["command"]["content"]
    assert said(account) == [
        ("user", question),
        ("assistant", f"This is question 1 that I have been shown: {question}"),
    ]
    event_item = account.only("events")
    assert text(event_item, "type") == "AI_CHAT_COMPLETED"
    assert question not in json.dumps(event_item)


@pytest.mark.usefixtures("vendor")
def test__complete__invoked_again_after_the_end__changes_nothing(
    account: Account, function: Function
) -> None:
    event = asked(account)
    function(COMPLETE)(event, Context())
    before = account.only("executions"), account.items("conversations"), account.items("events")
    again = function(COMPLETE)({**event, "retry_count": 1}, Context())

    assert again == {"next": "succeed", "resume_at": None}
    after = account.only("executions"), account.items("conversations"), account.items("events")
    assert after == before


def test__complete__provider_is_down__raises_transient_and_keeps_the_question(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = asked(account)
    arm(vendor, "completions", count=1)
    with pytest.raises(Exception, match="503") as caught:
        function(COMPLETE)(event, Context())
    assert type(caught.value).__name__ == "TransientError"
    assert text(account.only("executions"), "status") == "RETRYING"
    assert [role for role, _ in said(account)] == ["user"]

    answer = function(COMPLETE)({**event, "retry_count": 1}, Context())
    assert answer["next"] == "succeed"
    assert [role for role, _ in said(account)] == ["user", "assistant"]


@pytest.mark.usefixtures("vendor")
def test__settle__ends_a_chat_too_and_its_event_names_the_conversation(
    account: Account, function: Function
) -> None:
    event = asked(account)
    assert settle(function, event) == {"next": "fail", "resume_at": None}
    event_item = account.only("events")
    assert text(event_item, "type") == "AI_CHAT_FAILED"
    assert json.loads(str(text(event_item, "data")))["conversation_id"] == CONVERSATION_ID


@pytest.mark.usefixtures("vendor")
def test__logs__tell_nothing_of_what_was_said(
    account: Account, function: Function, lines: Lines
) -> None:
    event = asked(account)
    function(COMPLETE)(event, Context())
    logged = json.dumps(lines())
    assert event["task_id"] in logged
    assert event["command"]["content"] not in logged
