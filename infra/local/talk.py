"""A conversation with the AI provider: a few messages, each after the last one's answer."""

from collections.abc import Sequence

import httpx

from infra.local.client import Client, Run

MESSAGES = (
    "Which ring should get the update of our editor first?",
    "And how long should we wait before the next one?",
    "Summarize that in one sentence.",
)
SECONDS = 60.0
"""How long an answer is waited for before the next message."""


def hold(client: Client, messages: Sequence[str] = MESSAGES) -> httpx.Response:
    """Begin a conversation and say one message after the other; return the last one's answer.

    The answer of one that is refused, or whose task does not succeed, is the last.
    """
    begun = client.request("POST", "conversations", json={"title": "Rollout of our editor"})
    begun.raise_for_status()
    conversation_id = begun.json()["conversation_id"]
    for number, content in enumerate(messages, 1):
        answer = say(client, conversation_id, content)
        if answer.status_code != httpx.codes.ACCEPTED or number == len(messages):
            break
        run = client.watch(answer.json()["task_id"], seconds=SECONDS)
        if run.last["status"] != "SUCCESS":
            break
    return answer


def say(client: Client, conversation_id: str, content: str) -> httpx.Response:
    """Post a message."""
    path = f"conversations/{conversation_id}/messages"
    return client.request("POST", path, json={"content": content})


def fault(client: Client, run: Run, messages: Sequence[str] = MESSAGES) -> str | None:
    """Return what is wrong with the conversation that the task belongs to, or None."""
    conversation_id = run.last["result"]["conversation_id"]
    history = client.request("GET", f"conversations/{conversation_id}").raise_for_status().json()
    said = [(one["role"], one["content"]) for one in history["messages"]]
    roles = [role for role, _ in said]
    if roles != ["user", "assistant"] * len(messages):
        return f"the conversation is {' '.join(roles)}"
    if [content for role, content in said if role == "user"] != list(messages):
        return "the questions are not those that were asked"
    return None
