from typing import Any

import pytest

from infra.local.standins import intune
from tests.contract.standins.clients import APPS, Control, Graph, assignment, refusal

OTHER_GROUP = "5a5a5a5a-0000-4000-8000-0000000000a2"
ASSIGN = f"{APPS}/{intune.PUBLISHED_APP}/assign"
ASSIGNMENTS = f"{APPS}/{intune.PUBLISHED_APP}/assignments"
GROUP_TARGET = assignment()["target"]


def _without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (_without(assignment(), "@odata.type"), "@odata.type"),
        (assignment(**{"@odata.type": "microsoft.graph.mobileAppAssignment"}), "@odata.type"),
        (_without(assignment(), "intent"), "intent"),
        (assignment(intent="mandatory"), "intent"),
        (_without(assignment(), "target"), "target"),
        (assignment(target=_without(GROUP_TARGET, "@odata.type")), "target"),
        (assignment(target=_without(GROUP_TARGET, "groupId")), "groupId"),
        (assignment(target={**GROUP_TARGET, "groupName": "x"}), "groupName"),
        (assignment(group="everyone"), "groupId"),
        (assignment(settings={"notifications": "showAll"}), "settings"),
        (assignment(id="5a5a"), "id"),
    ],
)
@pytest.mark.parametrize("path", [ASSIGN, ASSIGNMENTS])
def test__assign__malformed_assignment__refused(
    control: Control, graph: Graph, bad: dict[str, Any], named: str, path: str
) -> None:
    body = {"mobileAppAssignments": [assignment(OTHER_GROUP), bad]} if path == ASSIGN else bad
    status, message = refusal(graph.http.post(path, json=body))
    assert status == 400
    assert named in message
    assert control.assigns() == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"mobileAppAssignments": None},
        {"mobileAppAssignments": [], "extra": 1},
        {"mobileAppAssignments": [assignment(), assignment(intune.GROUP.upper())]},
    ],
)
def test__assign__wrong_body__refused(graph: Graph, body: object) -> None:
    assert refusal(graph.http.post(ASSIGN, json=body))[0] == 400


def test__assign__body_is_not_json__refused(graph: Graph) -> None:
    headers = {"content-type": "application/json"}
    assert refusal(graph.http.post(ASSIGN, content=b"{", headers=headers))[0] == 400


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test__assign__wrong_content_type__refused(graph: Graph, content_type: str) -> None:
    headers = {"content-type": content_type}
    assert refusal(graph.http.post(ASSIGN, content=b"{}", headers=headers))[0] == 415


@pytest.mark.parametrize("state", ["notPublished", "processing"])
def test__assign__app_not_published__refused(control: Control, graph: Graph, state: str) -> None:
    control.app(intune.UNPUBLISHED_APP, publishingState=state)
    assert graph.app(intune.UNPUBLISHED_APP).json()["publishingState"] == state
    answer = graph.assign(assignment(), app_id=intune.UNPUBLISHED_APP)
    assert refusal(answer) == (400, f"The app is {state}.")


def test__assign__query__refused(control: Control, graph: Graph) -> None:
    answer = graph.http.post(f"{ASSIGN}?x=1", json={"mobileAppAssignments": []})
    assert refusal(answer)[0] == 400
    assert control.assigns() == {}


def test__throttle__rejected_calls_count_too(control: Control, graph: Graph) -> None:
    for _ in range(100):
        assert graph.assign(assignment()).status_code == 204
    control.advance(15)
    # The hundred leave the window in 5 s; this refused one stays for 20.
    refused = graph.assign(assignment())
    assert refusal(refused)[0] == 429
    assert 4 <= int(refused.headers["retry-after"]) <= 5
    control.advance(6)
    for _ in range(99):
        assert graph.assign(assignment()).status_code == 204
    assert graph.assign(assignment()).status_code == 429
    assert graph.app().status_code == 200
    assert control.assigns()["posts"] == {intune.PUBLISHED_APP: 199}


def test__throttle__limits_changed__followed(control: Control, graph: Graph) -> None:
    control.limits(writes_per_window=1, window_seconds=5)
    assert graph.assign(assignment()).status_code == 204
    assert graph.assign(assignment()).headers["retry-after"] == "5"
    control.advance(2)
    # Only when both refused writes have left the window is there room for another.
    graph.assign(assignment())
    assert graph.assign(assignment()).headers["retry-after"] == "5"
    assert control.http.post("/intune/settings", json={"writes_per_window": 0}).status_code == 400


def test__visibility_lag__reads_show_the_past(control: Control, graph: Graph) -> None:
    control.app(visibility_lag_seconds=10)
    graph.assign(assignment())
    control.advance(6)
    graph.assign(assignment(), assignment(OTHER_GROUP))
    assert graph.assignments() == []
    (truth, *_) = control.http.get("/intune/apps").json()["apps"]
    assert len(truth["assignments"]) == 2
    control.advance(5)
    assert len(graph.assignments()) == 1
    control.advance(5)
    assert len(graph.assignments()) == 2


def test__assign__replaces_the_whole_set(control: Control, graph: Graph) -> None:
    graph.assign(assignment(), assignment(intent="available"))
    first = {item["intent"]: item["id"] for item in graph.assignments()}
    graph.assign(assignment(OTHER_GROUP), assignment())
    second = graph.assignments()
    assert [item["target"]["groupId"] for item in second] == [OTHER_GROUP, intune.GROUP]
    assert second[1]["id"] == first["required"]
    app = intune.PUBLISHED_APP
    assert control.assigns() == {
        "added": {
            app: {intune.GROUP: {"required": 1, "available": 1}, OTHER_GROUP: {"required": 1}}
        },
        "removed": {app: {intune.GROUP: {"available": 1}}},
        "posts": {app: 2},
    }


def test__assign__same_set_twice__added_once(control: Control, graph: Graph) -> None:
    graph.assign(assignment())
    graph.assign(assignment())
    assert control.assigns()["added"] == {intune.PUBLISHED_APP: {intune.GROUP: {"required": 1}}}


def test__assignments__posted_one_by_one__duplicated(control: Control, graph: Graph) -> None:
    for _ in range(2):
        answer = graph.http.post(ASSIGNMENTS, json=assignment())
        assert answer.status_code == 201
    assert len(graph.assignments()) == 2
    assert control.assigns() == {"added": {intune.PUBLISHED_APP: {intune.GROUP: {"required": 2}}}}


def test__assignments__read__as_graph_lists_them(graph: Graph) -> None:
    graph.assign(assignment(settings=None))
    (read,) = graph.assignments()
    assert read.pop("id")
    assert read == {"intent": "required", "target": GROUP_TARGET, "settings": None}


@pytest.mark.parametrize(
    ("target", "counted_as"),
    [
        ({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}, "allDevices"),
        ({"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}, "allLicensedUsers"),
        (
            {
                "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget",
                "groupId": intune.GROUP,
            },
            f"not:{intune.GROUP}",
        ),
        (
            {
                **GROUP_TARGET,
                "deviceAndAppManagementAssignmentFilterId": None,
                "deviceAndAppManagementAssignmentFilterType": "none",
            },
            intune.GROUP,
        ),
    ],
)
def test__assignments__seeded__read_merged_and_posted_back(
    control: Control, graph: Graph, target: dict[str, Any], counted_as: str
) -> None:
    control.app(assignments=[assignment(intent="available", target=target)])
    assert control.assigns() == {}
    (seeded,) = graph.assignments()
    assert seeded["target"] == target
    back = {"@odata.type": "#microsoft.graph.mobileAppAssignment", **_without(seeded, "id")}
    assert graph.assign(back, assignment(OTHER_GROUP)).status_code == 204
    assert graph.assignments()[0] == seeded
    assert graph.assign(assignment(OTHER_GROUP)).status_code == 204
    removed = {intune.PUBLISHED_APP: {counted_as: {"available": 1}}}
    assert control.assigns()["removed"] == removed


def test__assignments__paged__next_link_leads_to_the_rest(control: Control, graph: Graph) -> None:
    intents = ("required", "available", "uninstall")
    control.app(page_size=2, assignments=[assignment(intent=intent) for intent in intents])
    first = graph.http.get(ASSIGNMENTS).json()
    last = graph.http.get(first["@odata.nextLink"]).json()
    assert "@odata.nextLink" not in last
    found = [item["intent"] for item in first["value"] + last["value"]]
    assert found == list(intents)
