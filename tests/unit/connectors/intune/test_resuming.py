"""Going on from what an earlier attempt has posted: reading back, polling, looking for it."""

from dataclasses import replace
from typing import Any

import pytest

from breakwater.connectors.intune.connector import REREADS
from breakwater.domain.errors import TransientError
from breakwater.domain.progress import Absent, Done, Found, NotVisibleYet
from breakwater.services.runs import LEASE, StepRun
from tests.unit.connectors.intune.bench import (
    GROUP,
    OTHER,
    Bench,
    GraphTwin,
    a_payload,
    an_assignment,
)

EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"


def test__read_back__waits_until_the_assignment_shows() -> None:
    bench, graph = Bench(), GraphTwin(an_assignment())
    graph.lag = REREADS - 1
    progress = bench.connector(graph).submit(bench.run(), a_payload())
    assert isinstance(progress, Done)
    assert graph.calls.count("read") == 1 + REREADS
    assert bench.clock.slept == [1.0] * (REREADS - 1)
    assert len(graph.posted) == 1


def test__read_back__never_shows__transient_with_what_is_needed_to_go_on() -> None:
    bench, graph = Bench(), GraphTwin()
    graph.lag = 99
    run = bench.run()
    with pytest.raises(TransientError, match="does not show"):
        bench.connector(graph).submit(run, a_payload())
    assert run.task.handle == {"stage": "posted"}
    assert run.task.intent is None
    assert bench.leases.held == {}


def resumed(bench: Bench) -> StepRun:
    """Return a run whose forerunner has posted and not read back."""
    run = bench.run()
    run.task = replace(run.task, handle={"stage": "posted"})
    return run


def test__poll_after_posting__assignment_is_there__done_without_a_second_post() -> None:
    bench, graph = Bench(), GraphTwin(an_assignment(), an_assignment(GROUP))
    progress = bench.connector(graph).poll(resumed(bench), a_payload(), {"stage": "posted"})
    assert isinstance(progress, Done)
    # It is this task that has assigned it, though it finds it there.
    assert progress.result["already_assigned"] is False
    assert graph.posted == []


def test__poll_after_posting__somebody_overwrote_it__assigned_again() -> None:
    bench, graph = Bench(), GraphTwin(an_assignment("theirs"))
    progress = bench.connector(graph).poll(resumed(bench), a_payload(), {"stage": "posted"})
    assert isinstance(progress, Done)
    assert [one["target"]["groupId"] for one in graph.posted[0]] == ["theirs", GROUP]


@pytest.mark.parametrize(
    ("there", "lookup"),
    [
        ([an_assignment(GROUP)], Found({"stage": "assigned", "already_assigned": False})),
        ([an_assignment(GROUP.upper())], Found({"stage": "assigned", "already_assigned": False})),
        ([], Absent()),
        ([an_assignment(OTHER)], Absent()),
        ([an_assignment(GROUP, "available")], Absent()),
        ([an_assignment(target={"@odata.type": EXCLUSION, "groupId": GROUP})], Absent()),
        ([an_assignment(target=None)], Absent()),
    ],
)
def test__find_effect__the_assignment_itself_tells(
    there: list[dict[str, Any]], lookup: object
) -> None:
    bench, graph = Bench(), GraphTwin(*there)
    long_ago = {"at": (bench.clock.now() - LEASE).isoformat()}
    assert bench.connector(graph).find_effect(bench.run(), a_payload(), long_ago) == lookup
    assert graph.calls == ["login", "read"]


def test__find_effect__absence_counts_once_the_lease_of_the_post_is_over() -> None:
    bench, graph = Bench(), GraphTwin()
    connector, run, at = bench.connector(graph), bench.run(), bench.clock.now()
    intent = {"at": at.isoformat()}
    bench.clock.advance(LEASE.total_seconds() - 0.001)
    assert connector.find_effect(run, a_payload(), intent) == NotVisibleYet(at + LEASE)
    bench.clock.advance(0.001)
    assert connector.find_effect(run, a_payload(), intent) == Absent()
