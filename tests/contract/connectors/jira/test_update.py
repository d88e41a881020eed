"""How a change has ended is written on its issue, and writing it again changes nothing."""

from collections.abc import Mapping
from typing import Any

import pytest

from breakwater.domain.errors import PermanentError, ThrottledError, TransientError
from tests.contract.connectors.jira.desk import CHANGE, LABEL, TASK, Desk

PROPERTY, LINK, READ = "PUT /properties", "POST /remotelink", "GET /rest/api/3/issue/"


@pytest.fixture
def handle(desk: Desk) -> Mapping[str, Any]:
    return desk.jira.open_change(desk.run(), CHANGE)


def update(
    desk: Desk, handle: Mapping[str, Any], note: str = "done", *, succeeded: bool = True
) -> None:
    desk.jira.update_change(desk.run(), CHANGE, handle, note=note, succeeded=succeeded)


def assert_written(desk: Desk, note: str = "done", *, succeeded: bool = True) -> None:
    (issue,) = desk.vendor.issues()
    assert issue["properties"]["breakwater.result"] == {
        "task_id": TASK,
        "succeeded": succeeded,
        "note": note,
    }
    (link,) = issue["links"]
    assert link["globalId"] == LABEL
    assert link["object"] == {
        "url": f"https://breakwater.example/api/v1/tasks/{TASK}/status/",
        "title": "Deployment succeeded" if succeeded else "Deployment failed",
        "summary": note,
        "status": {"resolved": succeeded},
    }


@pytest.mark.parametrize("succeeded", [True, False])
def test__update__a_property_and_a_link(
    desk: Desk, handle: Mapping[str, Any], succeeded: bool
) -> None:
    update(desk, handle, succeeded=succeeded)
    assert_written(desk, succeeded=succeeded)


def test__updated_again__says_the_same_again_in_the_same_place(
    desk: Desk, handle: Mapping[str, Any]
) -> None:
    for _ in range(3):
        update(desk, handle)
    assert_written(desk)
    assert desk.vendor.effects("link", "created", handle["id"]) == 1
    update(desk, handle, "it failed after all", succeeded=False)
    assert_written(desk, "it failed after all", succeeded=False)


def test__note_is_long__its_beginning(desk: Desk, handle: Mapping[str, Any]) -> None:
    update(desk, handle, "x" * 100_000)
    assert_written(desk, "x" * 2_000)


def test__issue_was_moved__written_by_its_id(desk: Desk, handle: Mapping[str, Any]) -> None:
    update(desk, {**handle, "key": "MOVED-1"})
    assert_written(desk)


@pytest.mark.parametrize("call", [PROPERTY, LINK])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "truncated", "html", "malformed", "hang"])
def test__answer_is_lost__written_once(
    desk: Desk, handle: Mapping[str, Any], call: str, when: str, kind: str
) -> None:
    options = {"status": 502} if kind == "html" else {}
    desk.vendor.fault(kind, call, when=when, **options)
    update(desk, handle)
    assert_written(desk)
    assert desk.vendor.effects("link", "created", handle["id"]) <= 1


@pytest.mark.parametrize("call", [PROPERTY, LINK])
@pytest.mark.parametrize("status", [500, 503, 504])
def test__writing_fails__to_be_tried_again_and_then_written_once(
    desk: Desk, handle: Mapping[str, Any], call: str, status: int
) -> None:
    desk.vendor.fault("status", call, status=status, when="after", count=3)
    with pytest.raises(TransientError):
        update(desk, handle)
    update(desk, handle)
    assert_written(desk)
    assert desk.vendor.effects("link", "created", handle["id"]) == 1


@pytest.mark.parametrize("call", [PROPERTY, LINK])
def test__conflict__the_issue_is_read_and_written_once_more(
    desk: Desk, handle: Mapping[str, Any], call: str
) -> None:
    desk.vendor.fault("status", call, status=409)
    update(desk, handle)
    assert_written(desk)
    assert len(desk.vendor.requests("GET", f"/issue/{handle['id']}")) == 1


@pytest.mark.parametrize("call", [PROPERTY, LINK])
def test__conflict_after_conflict__for_another_time(
    desk: Desk, handle: Mapping[str, Any], call: str
) -> None:
    desk.vendor.fault("status", call, status=409, count=None)
    with pytest.raises(TransientError) as caught:
        update(desk, handle)
    assert caught.value.status_code == 409
    assert not caught.value.blames_service
    assert desk.vendor.hits() == 2


@pytest.mark.parametrize("call", [PROPERTY, LINK])
@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
def test__refused__for_good(desk: Desk, handle: Mapping[str, Any], call: str, status: int) -> None:
    desk.vendor.fault("status", call, status=status)
    with pytest.raises(PermanentError) as caught:
        update(desk, handle)
    assert caught.value.status_code == status
    assert desk.vendor.hits() == 1


def test__issue_is_gone__refused_for_good(desk: Desk, handle: Mapping[str, Any]) -> None:
    desk.vendor.touch(handle["id"], deleted=True)
    with pytest.raises(PermanentError) as caught:
        update(desk, handle)
    assert caught.value.status_code == 404


def test__too_many_writes_to_one_issue__throttled_and_then_written(
    desk: Desk, handle: Mapping[str, Any]
) -> None:
    desk.vendor.limits(writes_per_issue=1, write_window_seconds=30)
    with pytest.raises(ThrottledError) as caught:
        update(desk, handle)
    assert 29 <= caught.value.retry_after <= 30
    desk.vendor.limits(writes_per_issue=20)
    update(desk, handle)  # at once: such a limit is one issue's, and pauses nothing else
    assert_written(desk)
