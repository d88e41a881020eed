"""Canaries through the deployed stack: secrets are nowhere, payloads where the work is.

Tasks of each kind succeed, fail, are retried and cancelled, while vendors repeat in their errors
what they were sent, credentials included; requests are refused in many ways. What holds the work
itself (SECURITY.md says who can read it) is searched for secrets only.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from infra.local.client import TERMINAL, Client
from infra.local.stack import LocalStack
from tests.e2e.planted import Canaries, deployments, intent, job, refused, secrets_of
from tests.e2e.sinks import TABLES, Sinks, collect

pytestmark = pytest.mark.e2e

SECONDS = 60.0
UNTIL = {*TERMINAL, "RETRYING"}
SENT_EACH_TIME = ("ansible", "ai")
"""Whose credential is in each request. The others' are in the one to their login."""
NOT_KEPT = ("refused", "query", "no JSON", "echo")
"""Words that were not accepted, or that a vendor may have had no chance to say."""


@pytest.fixture(scope="module")
def plant() -> Canaries:
    return Canaries()


@pytest.fixture(scope="module")
def secrets(stack: LocalStack) -> dict[str, str]:
    return dict(secrets_of(stack))


@pytest.fixture(scope="module")
def sinks(
    stack: LocalStack, control: httpx.Client, plant: Canaries, secrets: dict[str, str]
) -> Sinks:
    found = Sinks()
    with Client(stack.api_url, stack.tokens["submit"]) as client:
        for answer in _work(control, client, plant, secrets):
            name = "error answers" if answer.is_error else "answers"
            found.add(name, str(answer.headers), answer.text, is_work=not answer.is_error)
    stack.run_upkeep()
    collect(stack, found)
    return found


def _work(
    control: httpx.Client, client: Client, plant: Canaries, secrets: dict[str, str]
) -> Iterator[httpx.Response]:
    """Let everything happen that writes something, and yield what was answered."""
    bodies = deployments(plant)
    begun = client.request("POST", "conversations", json={"title": plant.word("title")})
    said = f"conversations/{begun.json()['conversation_id']}/messages"
    stated = client.request("POST", "deployment-intents", json=intent(plant))
    score = f"deployment-intents/{stated.json()['intent_id']}/risk-score"
    posts = [("deployments", body) for body in bodies]
    posts += [(said, {"content": plant.word("content")}), (score, {})]
    yield from _followed(client, posts)

    again = {body["connector_type"]: ("deployments", body) for body in bodies}
    again["ai"] = (said, {"content": plant.word("content, again")})
    for service, post in again.items():
        with _fault(control, status=400, body=_echo(plant, secrets, service)):
            yield from _followed(client, [post])
    match = {"path": "/launch/"}
    with _fault(control, status=503, body=_echo(plant, secrets, "ansible"), match=match):
        retrying = list(_followed(client, [("deployments", job(plant))]))
    yield from retrying
    yield client.request("POST", f"tasks/{retrying[0].json()['task_id']}/cancel")
    yield from _refused(client, plant)


def _refused(client: Client, plant: Canaries) -> Iterator[httpx.Response]:
    for body in refused(plant):
        yield client.request("POST", "deployments", json=body)
    yield client.request("POST", "deployments", content=f"{{{plant.word('no JSON')}")
    query = {"status": plant.word("query status"), "cursor": plant.word("query cursor")}
    yield client.request("GET", "tasks", params=query)
    for path in ("breakers", "health", "tasks"):
        yield client.request("GET", path)


def _echo(plant: Canaries, secrets: dict[str, str], service: str) -> dict[str, Any]:
    """Return what a careless vendor answers: all that it was sent, credentials too."""
    sent = []
    if service in SENT_EACH_TIME:
        sent = [word for name, word in secrets.items() if f"connectors/{service} " in name]
        assert sent
    return {"detail": plant.word(f"echo of {service}"), "sent": sent}


def _followed(client: Client, posts: list[tuple[str, dict[str, Any]]]) -> Iterator[httpx.Response]:
    """Post bodies to paths, yield the answers, and what became of the tasks."""
    accepted = [client.request("POST", path, json=body) for path, body in posts]
    for answer in accepted:
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        yield answer
    for answer in accepted:
        run = client.watch(answer.json()["task_id"], seconds=SECONDS, until=UNTIL)
        assert run.last["status"] in UNTIL, run.last
        yield client.status(run.task_id)


@contextmanager
def _fault(control: httpx.Client, **fault: Any) -> Iterator[None]:
    """Keep a fault armed for as long as the context lasts."""
    control.post("/faults", json={"kind": "status", **fault}).raise_for_status()
    try:
        yield
    finally:
        control.delete("/faults").raise_for_status()


def where(found: Callable[[str], set[str]], words: dict[str, str]) -> dict[str, list[str]]:
    """Return in which sinks each word was found, of those that were found at all."""
    places = {name: sorted(found(word)) for name, word in words.items()}
    return {name: place for name, place in places.items() if place}


def test__sinks__were_found_and_hold_what_was_done(
    stack: LocalStack, sinks: Sinks, plant: Canaries
) -> None:
    assert set(TABLES.values()) == {name for name in stack.outputs if name.endswith("Table")}
    print(f"{len(sinks.texts)} sinks searched: {', '.join(sorted(sinks.texts))}")
    logged = {name for name in sinks.texts if name.startswith("log ") and sinks.texts[name].strip()}
    assert any("DeploymentSubmit" in name for name in logged)
    assert "traceparent" in sinks.texts["traces: headers to vendors"]
    assert "_aws" in "".join(sinks.texts[name] for name in logged)  # metrics are log lines
    assert sinks.texts["error answers"]
    assert sinks.texts["table events"]
    # The canaries are alive: each that was accepted is where payloads belong.
    alive = where(lambda word: sinks.holding(word) & sinks.work, plant.words)
    asked = {name for name in plant.words if not name.startswith(NOT_KEPT)}
    assert asked - alive.keys() == set()


def test__secrets__are_nowhere(sinks: Sinks, secrets: dict[str, str]) -> None:
    print(f"{len(secrets)} secrets: {', '.join(sorted(secrets))}")
    assert len(secrets) > 12
    assert where(sinks.holding, secrets) == {}


def test__payloads__are_where_the_work_is_and_nowhere_else(sinks: Sinks, plant: Canaries) -> None:
    print(f"{len(plant.words)} canaries in payloads")
    assert where(lambda word: sinks.holding(word) - sinks.work, plant.words) == {}
