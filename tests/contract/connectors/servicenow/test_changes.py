"""A change is opened once, found again, and told how it ended."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.progress import Absent, Found, NotVisibleYet, Undecidable
from tests.contract.connectors.servicenow.caller import Caller
from tests.contract.connectors.servicenow.vendor import a_row, sys_id
from tests.contract.connectors.servicenow.world import World, a_change

CHANGE = a_change()
POST = "POST change_request"
OTHER = a_change("0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0002")


def opened(world: World) -> int:
    return int(world.vendor.effects("opened", CHANGE.mark))


def carries(number: int, created: str, **script: Any) -> dict[str, Any]:
    row = a_row(number, "2025-12-24 10:00:00", **script)
    row["fields"] |= {"correlation_id": CHANGE.mark, "sys_created_on": created}
    return row


def test__open__one_record_that_says_what_it_is(world: World) -> None:
    handle = world.open(CHANGE)
    (row,) = world.vendor.carrying(CHANGE.mark)
    assert row["fields"]["short_description"] == CHANGE.summary
    assert row["fields"]["description"] == CHANGE.description
    assert row["fields"]["correlation_display"] == "Breakwater"
    assert handle == {
        "id": row["fields"]["sys_id"],
        "key": row["fields"]["number"],
        "url": f"{world.vendor.url}/change_request.do?sys_id={row['fields']['sys_id']}",
    }
    assert opened(world) == 1


def test__find__what_was_opened_and_nothing_else(world: World) -> None:
    handle = world.open(CHANGE)
    world.open(OTHER)
    assert world.find(CHANGE, tried_at=world.clock.now()) == Found(handle)


def test__find__nothing__absent_only_when_no_request_can_be_under_way(world: World) -> None:
    tried_at = world.clock.now()
    until = tried_at + timedelta(minutes=7)
    assert world.find(CHANGE, tried_at=tried_at) == NotVisibleYet(until)
    world.clock.advance(419)
    assert world.find(CHANGE, tried_at=tried_at) == NotVisibleYet(until)
    world.clock.advance(1)
    assert world.find(CHANGE, tried_at=tried_at) == Absent()


def test__find__two_carry_the_id__the_older_one_and_a_warning(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    # The copy's id sorts first, and so it may come first.
    world.vendor.rows(carries(1, "2025-12-25 10:00:00"), carries(2, "2025-12-24 10:00:00"))
    with caplog.at_level(logging.WARNING):
        found = world.find(CHANGE, tried_at=world.long_ago())
    assert isinstance(found, Found)
    assert found.handle["id"] == sys_id(2)
    assert "several records" in caplog.text


def test__find__the_row_does_not_show_its_id__nobody_can_tell(world: World) -> None:
    world.vendor.rows(carries(1, "2025-12-25 10:00:00", masked=["correlation_id"]))
    assert isinstance(world.find(CHANGE, tried_at=world.long_ago()), Undecidable)


def test__update__one_note_and_the_state_is_left_alone(world: World) -> None:
    handle = world.open(CHANGE)
    update = world.integration().update_change
    update(world.run(), CHANGE, handle, note="Done at last.", succeeded=True)
    (row,) = world.vendor.carrying(CHANGE.mark)
    assert row["notes"] == [f"Deployment {CHANGE.task_id} has succeeded.\nDone at last."]
    assert row["fields"]["state"] == "-5"


def test__update__asked_again__says_the_same_again(world: World) -> None:
    handle = world.open(CHANGE)
    for _ in range(2):
        world.integration().update_change(
            world.run(), CHANGE, handle, note="It broke.", succeeded=False
        )
    (row,) = world.vendor.carrying(CHANGE.mark)
    assert len(row["notes"]) == 2
    assert set(row["notes"]) == {f"Deployment {CHANGE.task_id} has failed.\nIt broke."}


def test__update__record_is_gone_or_hidden__permanent_and_says_so(world: World) -> None:
    handle = world.open(CHANGE)
    fields = {"short_description": "Moved out of sight"}
    world.vendor.rows({"sys_id": handle["id"], "fields": fields, "hidden": True})
    with pytest.raises(PermanentError, match="an ACL hides it") as caught:
        world.integration().update_change(world.run(), CHANGE, handle, note="x", succeeded=True)
    assert caught.value.status_code == 404
    assert "No Record found" in (caught.value.response_body or "")


@pytest.mark.parametrize("kind", ["malformed", "html", "truncated", "reset", "hang", "trickle"])
@pytest.mark.parametrize("when", ["before", "after"])
def test__answer_to_the_post_is_lost__one_record_and_its_own_handle(
    world: World, kind: str, when: str
) -> None:
    options: dict[str, Any] = {"interval_seconds": 0.1} if kind == "trickle" else {}
    world.vendor.fault(kind, POST, when=when, **options)
    caller = Caller(world, CHANGE)
    handle = caller.run()
    assert opened(world) == 1
    (row,) = world.vendor.carrying(CHANGE.mark)
    assert handle["id"] == row["fields"]["sys_id"]
    waited = ["NotVisibleYet", "Absent"] if when == "before" else ["Found"]
    assert caller.seen == ["TransientError", *waited]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("when", ["before", "after"])
def test__server_error_on_the_post__sent_once_then_looked_up(
    world: World, status: int, when: str
) -> None:
    world.vendor.fault("status", POST, status=status, when=when)
    Caller(world, CHANGE).run()
    assert opened(world) == 1
    assert len(world.vendor.requests("POST", "change_request")) == (1 if when == "after" else 2)


@pytest.mark.parametrize("lag", [30, 200, 350])
def test__answer_is_lost_and_the_record_shows_late__no_second_one(world: World, lag: int) -> None:
    world.vendor.limits(commit_lag_seconds=lag)
    world.vendor.fault("reset", POST, when="after")
    caller = Caller(world, CHANGE)
    caller.run()
    assert opened(world) == 1
    assert caller.seen[-1] == "Found"


def test__look_up_fails_too__nothing_is_concluded_from_it(world: World) -> None:
    world.vendor.fault("reset", POST, when="after")
    world.vendor.fault("html", "GET change_request", count=6)
    caller = Caller(world, CHANGE)
    caller.run()
    assert opened(world) == 1
    assert caller.seen == ["TransientError"] * 3 + ["Found"]


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test__definite_refusal_of_the_post__permanent_and_nothing_opened(
    world: World, status: int
) -> None:
    world.vendor.fault("status", POST, status=status)
    with pytest.raises(PermanentError) as caught:
        world.open(CHANGE)
    assert caught.value.status_code == status
    assert opened(world) == 0
    assert len(world.vendor.requests("POST", "change_request")) == 1


@pytest.mark.parametrize("status", [404, 403, 400])
def test__definite_refusal_of_the_look_up__is_no_absence(world: World, status: int) -> None:
    world.vendor.fault("status", "GET change_request", status=status)
    with pytest.raises(PermanentError):
        world.find(CHANGE, tried_at=world.long_ago())


def test__throttled_post__certainly_not_opened(world: World) -> None:
    world.vendor.fault("status", POST, status=429, retry_after="3600")
    with pytest.raises(TransientError) as caught:
        world.open(CHANGE)
    assert not caught.value.may_have_applied


@pytest.mark.parametrize("bad", ["a^ORsys_id>0", "a=b,c", "", "x" * 101, "javascript:gs.now()"])
def test__id_that_cannot_be_searched_for__nothing_is_opened_under_it(
    world: World, bad: str
) -> None:
    for ask in (world.open, lambda one: world.find(one, tried_at=world.long_ago())):
        with pytest.raises(PermanentError, match="cannot be searched"):
            ask(replace(CHANGE, mark=bad))
    assert world.vendor.requests("POST", "change_request") == []
    assert world.vendor.lists() == 0
