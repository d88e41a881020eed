"""Submitting: what is read, what is posted, what is kept, and what is held meanwhile."""

from typing import Any

import pytest

from breakwater.domain.errors import (
    BreakwaterError,
    PermanentError,
    ResourceBusyError,
    TransientError,
)
from breakwater.domain.progress import Done
from tests.fakes.http import failed, refused
from tests.unit.connectors.intune.bench import (
    APP,
    GROUP,
    OTHER,
    Bench,
    GraphTwin,
    a_payload,
    an_assignment,
)

EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
OURS = {
    "@odata.type": "#microsoft.graph.mobileAppAssignment",
    "intent": "required",
    "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP},
    "settings": None,
}
LEASE = f"intune/{APP}"


def test__assign__nothing_there_yet__posts_ours() -> None:
    bench, graph = Bench(), GraphTwin()
    run = bench.run()
    progress = bench.connector(graph).submit(run, a_payload())
    assert progress == Done(
        {"app_id": APP, "group_id": GROUP, "intent": "required", "already_assigned": False}
    )
    assert graph.posted == [[OURS]]
    assert graph.calls == ["login", "app", "read", "assign", "read"]
    assert run.task.intent is None
    assert run.task.handle == {"stage": "posted"}


def kept(assignment: dict[str, Any]) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.mobileAppAssignment"} | {
        name: assignment[name] for name in ("intent", "target", "settings")
    }


@pytest.mark.parametrize(
    "other",
    [
        an_assignment(),
        an_assignment(
            settings={
                "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
                "notifications": "hideAll",
                "restartSettings": {"gracePeriodInMinutes": 30},
            }
        ),
        an_assignment(GROUP, "available"),
        an_assignment(GROUP, "uninstall"),
        an_assignment(target={"@odata.type": EXCLUSION, "groupId": GROUP}),
        an_assignment(target={"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}),
        an_assignment(target={"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}),
        an_assignment(
            target={
                "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                "groupId": OTHER,
                "deviceAndAppManagementAssignmentFilterId": "f-1",
                "deviceAndAppManagementAssignmentFilterType": "include",
            }
        ),
        an_assignment(target={"@odata.type": "#microsoft.graph.inventedTarget", "x": [1, {}]}),
        an_assignment(intent="availableWithoutEnrollment"),
    ],
)
def test__assign__every_other_assignment_is_posted_back_as_it_was(other: dict[str, Any]) -> None:
    bench, graph = Bench(), GraphTwin(other, an_assignment("third"))
    bench.connector(graph).submit(bench.run(), a_payload())
    assert graph.posted == [[kept(other), kept(an_assignment("third")), OURS]]


def test__assign__what_graph_adds_on_reading_is_not_posted_back() -> None:
    read_only = {"source": "direct", "sourceId": "s", "@odata.etag": "e", "lastModified": "now"}
    bench, graph = Bench(), GraphTwin(an_assignment(**read_only))
    bench.connector(graph).submit(bench.run(), a_payload())
    assert set(graph.posted[0][0]) == {"@odata.type", "intent", "target", "settings"}


@pytest.mark.parametrize("group", [GROUP, GROUP.upper()])
def test__assign__already_assigned__no_post_and_no_intent(group: str) -> None:
    bench, graph = Bench(), GraphTwin(an_assignment(group))
    run = bench.run()
    before = bench.executions.get(run.task.task_id)
    progress = bench.connector(graph).submit(run, a_payload())
    assert isinstance(progress, Done)
    assert progress.result["already_assigned"] is True
    assert graph.posted == []
    assert bench.executions.get(run.task.task_id) == before
    assert run.task.handle is None


@pytest.mark.parametrize(
    ("state", "told"),
    [
        *(("notPublished", "notPublished"), ("processing", "processing")),
        *(("sent Bearer t", "no word"), ("x" * 65, "no word"), ("\ud800", "no word")),
    ],
)
def test__submit__not_published__permanent_and_nothing_touched(state: str, told: str) -> None:
    bench, graph = Bench(), GraphTwin(state=state)
    with pytest.raises(PermanentError, match=f"publishing state is {told}$"):
        bench.connector(graph).submit(bench.run(), a_payload())
    assert graph.calls == ["login", "app"]


def test__assign__intent_is_stored_before_the_post_and_names_it() -> None:
    bench = Bench()
    stored: list[Any] = []

    class Watching(GraphTwin):
        def _assign(self, posted: list[dict[str, Any]]) -> None:
            stored.extend(task.intent for task in bench.executions.tasks.values())
            super()._assign(posted)

    bench.connector(Watching()).submit(bench.run(), a_payload())
    assert [{**intent, "at": "-"} for intent in stored] == [
        {"effect": "assign", "at": "-", "app_id": APP, "group_id": GROUP, "intent": "required"}
    ]


def test__lease__held_from_the_read_to_the_reading_back_and_then_released() -> None:
    bench = Bench()
    held: dict[str, bool] = {}

    class Watching(GraphTwin):
        def _acted(self, name: str, options: Any) -> Any:
            held[f"{len(self.calls)} {name}"] = LEASE in bench.leases.held
            return super()._acted(name, options)

    bench.connector(Watching()).submit(bench.run(), a_payload())
    assert held == {
        "1 login": False,
        "2 app": False,
        "3 read": True,
        "4 assign": True,
        "5 read": True,
    }
    assert bench.leases.held == {}


def test__lease__bounds_the_deadline_of_what_is_done_under_it() -> None:
    bench, graph = Bench(), GraphTwin()
    run = bench.run()
    bench.connector(graph).submit(run, a_payload())
    assert [sent.deadline.remaining for sent in graph.sent] == [300, 300, 80, 80, 80]
    assert run.deadline.remaining == 300


def test__lease_is_another_task_s__busy_and_nothing_read_or_posted() -> None:
    bench, graph = Bench(), GraphTwin()
    now = bench.clock.now()
    bench.leases.acquire(LEASE, holder="other", now=now, until=now.replace(year=2030))
    with pytest.raises(ResourceBusyError):
        bench.connector(graph).submit(bench.run(), a_payload())
    assert graph.calls == ["login", "app"]
    assert bench.leases.held[LEASE][0] == "other"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("read", failed(500)),
        ("read", refused(403)),
        ("assign", refused(409)),
        ("assign", failed(429, may_have_applied=False)),
        ("assign", failed(None, may_have_applied=False)),
    ],
)
def test__error_without_effect__lease_released_and_no_intent_left(
    call: str, error: BreakwaterError
) -> None:
    bench, graph = Bench(), GraphTwin()
    run = bench.run()
    graph.before[call] = [error]
    with pytest.raises(type(error)):
        bench.connector(graph).submit(run, a_payload())
    assert bench.leases.held == {}
    assert run.task.intent is None
    assert graph.posted == []


def test__assign_in_doubt__intent_stands_and_lease_is_left_to_expire() -> None:
    bench, graph = Bench(), GraphTwin()
    run = bench.run()
    graph.before["assign"] = [failed(None)]
    with pytest.raises(TransientError):
        bench.connector(graph).submit(run, a_payload())
    assert run.task.intent is not None
    # The request may still reach Graph and replace the set: nobody may merge into it meanwhile.
    assert LEASE in bench.leases.held
