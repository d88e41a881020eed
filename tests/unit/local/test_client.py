"""The watcher: what it keeps of a task, and when it stops."""

import json
from collections.abc import Iterable

import httpx
import pytest

from infra.local import client as module
from infra.local.client import Client


def serving(statuses: Iterable[str]) -> Client:
    answers = iter(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/base/api/v1/tasks/t/status/"
        assert request.headers["authorization"] == "Bearer secret"
        return httpx.Response(200, content=json.dumps({"status": next(answers)}))

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return Client("http://api/base", "secret", http)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GLANCE_SECONDS", 0)


def test__watched_to_its_end__each_status_once_for_as_long_as_it_lasts() -> None:
    with serving(["PENDING", "RUNNING", "RUNNING", "RETRYING", "RUNNING", "SUCCESS"]) as client:
        run = client.watch("t", seconds=5)

    assert run.statuses == ("PENDING", "RUNNING", "RETRYING", "RUNNING", "SUCCESS")
    assert run.ended


def test__never_ends__given_up_in_time() -> None:
    with serving(iter(lambda: "RUNNING", None)) as client:
        run = client.watch("t", seconds=0.05)

    assert run.statuses == ("RUNNING",)
    assert not run.ended


def test__until_another_status__stops_there() -> None:
    with serving(["RUNNING", "RETRYING", "SUCCESS"]) as client:
        run = client.watch("t", seconds=5, until={"RETRYING"})

    assert run.last["status"] == "RETRYING"
