"""Lists in pages: all of them are read, from nowhere but Landscape itself."""

from typing import Any

import pytest

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.calls import BEFORE, CHILDREN, READ
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World


def a_page(*results: Any, count: Any = None, **changes: Any) -> dict[str, Any]:
    whole = {"count": len(results) if count is None else count, "results": list(results)}
    return {**whole, "next": None, "previous": None, **changes}


def a_child(number: int = 1) -> dict[str, Any]:
    return {"id": number, "activity_status": "succeeded", "computer_id": number}


@pytest.mark.parametrize("page_size", [1, 2, 3])
def test__children_in_pages__every_one_is_in_the_result(
    world: World[Landscape], page_size: int
) -> None:
    world.vendor.script(page_size=page_size)
    task = world.accept().run()
    assert task.result is not None
    assert [one["computer_id"] for one in task.result["computers"]] == [21, 22, 23]


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/api/v2/activities?offset=1",
        "//elsewhere.example/landscape/api/v2/activities?offset=1",
        "/landscape/api/v2/computers?offset=1",
        "/landscape/api/v2/activities/../../?offset=1",
        "http://[",
        "file:///etc/passwd",
        "",
    ],
)
def test__link_leads_elsewhere__not_followed(world: World[Landscape], link: str) -> None:
    page = a_page(a_child(), count=2, next=link)
    world.vendor.fault("status", CHILDREN, status=200, body=page)
    machine = world.accept()
    task = machine.run()
    assert (task.status, machine.error_type) == (Status.FAILED, "PermanentError")
    assert task.problem is not None
    assert "foreign" in task.problem.message
    assert len(world.vendor.requests("GET", "/api/v2/activities")) == 1 + 3 + 1


def test__link_is_relative__followed(world: World[Landscape]) -> None:
    machine = world.accept()
    for _ in range(3):
        machine.step()
    parent = world.vendor.parents()[0]["id"]
    link = f"/landscape/api/v2/activities?query=parent-id%3A{parent}&limit=10&offset=0"
    page = a_page(a_child(), count=3, next=link)
    world.vendor.fault("status", CHILDREN, status=200, body=page)
    task = machine.run()
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 4}


def test__pages_without_end__given_up(world: World[Landscape]) -> None:
    page = a_page(a_child(), next=f"{world.vendor.url}/api/v2/activities?offset=1")
    world.vendor.fault("status", "GET activities?", count=None, status=200, body=page)
    machine = world.accept()
    assert (machine.run().status, machine.error_type) == (Status.FAILED, "PermanentError")
    assert world.vendor.hits() == 201
    assert world.vendor.installs() == 0


@pytest.mark.parametrize("call", [BEFORE, CHILDREN])
@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "results",
        {},
        {"results": [], "count": 0},
        a_page(next=5),
        a_page(count="many"),
        a_page(count=1),
        a_page(results=None),
        a_page("activity"),
        a_page({}),
        a_page({"id": "7"}),
        a_page({"id": True}),
    ],
)
def test__no_page__never_passes_for_an_empty_one(
    world: World[Landscape], call: str, body: Any
) -> None:
    times = 3 if isinstance(body, str) else 1  # what is no JSON is asked for again at once
    world.vendor.fault("status", call, count=times, status=200, body=body)
    machine = world.accept()
    task = machine.run()
    assert Status.RETRYING in machine.statuses
    assert (task.status, task.retries) == (Status.SUCCESS, 1)
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 3}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        "succeeded",
        {"activity_status": "succeeded"},
        {"id": 1, "activity_status": "failed"},
    ],
)
def test__no_activity_or_another__asked_again(world: World[Landscape], body: Any) -> None:
    times = 3 if isinstance(body, str) else 1  # what is no JSON is asked for again at once
    world.vendor.fault("status", READ, count=times, status=200, body=body)
    task = world.accept().run()
    assert (task.status, task.retries) == (Status.SUCCESS, 1)


@pytest.mark.parametrize("word", ["novel", "", None, 5, ["succeeded"], {}])
def test__activity_in_unknown_words__waited_on(world: World[Landscape], word: Any) -> None:
    machine = world.accept()
    machine.step()
    body = {"id": world.vendor.parents()[0]["id"], "activity_status": word}
    world.vendor.fault("status", READ, count=3, status=200, body=body)
    assert machine.run().status is Status.SUCCESS
    assert machine.statuses == [Status.RUNNING, Status.SUCCESS]


@pytest.mark.parametrize("word", ["novel", None, ["succeeded"]])
def test__child_in_unknown_words__waited_on(world: World[Landscape], word: Any) -> None:
    page = a_page({**a_child(), "activity_status": word})
    world.vendor.fault("status", CHILDREN, count=2, status=200, body=page)
    machine = world.accept()
    task = machine.run()
    assert task.result is not None
    assert task.result["counts"] == {"succeeded": 3}
    assert machine.statuses == [Status.RUNNING, Status.SUCCESS]
