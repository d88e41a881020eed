"""`await_installation`: from the assignment to the last device's word."""

from typing import Any

import pytest

from breakwater.domain.errors import PartialFailureError, PermanentError, TransientError
from breakwater.domain.progress import Done, InProgress
from tests.fakes.http import failed
from tests.unit.connectors.intune.bench import GROUP, Bench, GraphTwin, a_payload, an_assignment

AWAITING = a_payload(await_installation=True)
ORDERED = {"stage": "exporting", "already_assigned": False, "job_id": "job-1"}


def poll(graph: GraphTwin, **changes: Any) -> Any:
    bench = Bench()
    payload = a_payload(await_installation=True, **changes)
    return bench.connector(graph).poll(bench.run(), payload, ORDERED)


def test__submit__assigns_then_orders_a_report() -> None:
    bench, graph = Bench(), GraphTwin()
    progress = bench.connector(graph).submit(bench.run(), AWAITING)
    assert progress == InProgress(ORDERED)
    assert graph.calls == ["login", "app", "read", "assign", "read", "order"]


def test__submit__already_assigned__awaited_all_the_same_and_said_in_the_end() -> None:
    bench, graph = Bench(), GraphTwin(an_assignment(GROUP))
    connector, run = bench.connector(graph), bench.run()
    progress = connector.submit(run, AWAITING)
    assert progress == InProgress({**ORDERED, "already_assigned": True})
    graph.reports = [(["completed"], ["installed"])]
    done = connector.poll(run, AWAITING, progress.handle)
    assert isinstance(done, Done)
    assert done.result["already_assigned"] is True


def test__submit__report_cannot_be_ordered__the_assignment_is_not_forgotten() -> None:
    bench, graph = Bench(), GraphTwin()
    run = bench.run()
    graph.before["order"] = [failed()]
    with pytest.raises(TransientError):
        bench.connector(graph).submit(run, AWAITING)
    assert run.task.handle == {"stage": "posted"}
    progress = bench.connector(graph).poll(run, AWAITING, run.task.handle)
    assert progress == InProgress(ORDERED)
    assert len(graph.posted) == 1


@pytest.mark.parametrize("status", ["unknown", "notStarted", "inProgress", "someday-invented"])
def test__report_in_the_making__same_handle_and_no_new_order(status: str) -> None:
    graph = GraphTwin()
    graph.reports = [([status], [])]
    assert poll(graph) == InProgress(ORDERED)
    assert "order" not in graph.calls


def test__report_failed__another_one_is_ordered() -> None:
    graph = GraphTwin()
    graph.reports = [(["failed"], [])]
    assert poll(graph) == InProgress(ORDERED)
    assert graph.calls.count("order") == 1
    assert "download" not in graph.calls


@pytest.mark.parametrize(
    "states",
    [[], ["installed", "pendingInstall"], ["failed", "pendingInstall"], ["someday-invented"]],
)
def test__not_all_devices_have_reported__another_report_is_ordered(states: list[str]) -> None:
    graph = GraphTwin()
    graph.reports = [(["completed"], states)]
    assert poll(graph) == InProgress(ORDERED)
    assert graph.calls == ["login", "export", "download", "order"]


def test__all_devices_have_it__done_with_counts() -> None:
    graph = GraphTwin()
    graph.reports = [(["completed"], ["installed", "installed", "notApplicable"])]
    done = poll(graph)
    assert isinstance(done, Done)
    assert done.result["devices"] == {"pending": 0, "installed": 2, "not_applicable": 1}
    assert "order" not in graph.calls


def test__uninstall__done_when_no_device_has_it() -> None:
    graph = GraphTwin()
    graph.reports = [(["completed"], ["notInstalled", "notInstalled"])]
    done = poll(graph, intent="uninstall")
    assert isinstance(done, Done)
    assert done.result["devices"] == {"pending": 0, "uninstalled": 2}


def test__some_devices_failed__partial_failure_with_counts() -> None:
    graph = GraphTwin()
    graph.reports = [(["completed"], ["installed", "failed", "failed"])]
    with pytest.raises(PartialFailureError, match="2 devices") as caught:
        poll(graph)
    assert caught.value.result["devices"] == {"pending": 0, "installed": 1, "failed": 2}
    assert caught.value.result["group_id"] == GROUP


def test__report_on_a_foreign_host__permanent() -> None:
    class Elsewhere(GraphTwin):
        def _progress(self) -> dict[str, Any]:
            return {"status": "completed", "url": "https://evil.test/a.blob.test"}

    graph = Elsewhere()
    with pytest.raises(PermanentError, match="evil"):
        poll(graph)
    assert "download" not in graph.calls


def test__not_awaited__done_without_any_report() -> None:
    bench, graph = Bench(), GraphTwin()
    progress = bench.connector(graph).poll(bench.run(), a_payload(), {"stage": "assigned"})
    assert isinstance(progress, Done)
    assert "devices" not in progress.result
    assert graph.calls == []
