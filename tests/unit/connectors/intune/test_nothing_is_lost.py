"""Whatever was assigned stays assigned, for any set and any sequence of deployments."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from breakwater.domain.errors import TransientError
from tests.fakes.http import failed
from tests.unit.connectors.intune.bench import Bench, GraphTwin, a_payload

GROUPS = st.sampled_from([f"0000000a-0000-4000-8000-00000000000{n}" for n in range(4)])
INTENTS = st.sampled_from(["required", "available", "uninstall"])
GROUP_TARGETS = st.builds(
    lambda kind, group, filters: {
        "@odata.type": f"#microsoft.graph.{kind}AssignmentTarget",
        "groupId": group,
        **filters,
    },
    st.sampled_from(["group", "exclusionGroup"]),
    GROUPS,
    st.sampled_from(
        [
            {},
            {
                "deviceAndAppManagementAssignmentFilterId": "f",
                "deviceAndAppManagementAssignmentFilterType": "exclude",
            },
        ]
    ),
)
EVERYONE = st.sampled_from(
    [
        {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"},
        {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"},
    ]
)
SETTINGS = st.none() | st.dictionaries(st.text(max_size=5), st.integers() | st.none(), max_size=3)
ASSIGNMENTS = st.builds(
    lambda intent, target, settings: {
        "id": "read-only",
        "intent": intent,
        "target": target,
        "settings": settings,
    },
    INTENTS | st.just("availableWithoutEnrollment"),
    GROUP_TARGETS | EVERYONE,
    SETTINGS,
)
FAULTS = st.sampled_from(["", "before read", "before assign", "after assign"])


def content(assignment: dict[str, Any]) -> str:
    return json.dumps(
        {name: assignment[name] for name in ("intent", "target", "settings")}, sort_keys=True
    )


@given(
    st.lists(ASSIGNMENTS, max_size=6),
    st.lists(st.tuples(GROUPS, INTENTS, FAULTS, st.integers(0, 4)), min_size=1, max_size=6),
)
def test__any_deployments__every_assignment_survives_and_each_own_is_there_once(
    existing: list[dict[str, Any]], deployments: list[tuple[str, str, str, int]]
) -> None:
    graph = GraphTwin(*existing)
    must_stay = sorted(map(content, existing))
    for group, intent, fault, lag in deployments:
        graph.lag = lag
        moment, _, call = fault.partition(" ")
        if fault:
            getattr(graph, moment)[call] = [failed()]
        payload = a_payload(group_id=group, intent=intent)
        for _ in range(2):
            bench = Bench()
            try:
                bench.connector(graph).submit(bench.run(), payload)
            except TransientError:
                continue
            break
        graph.before.clear()
        graph.after.clear()
        now = sorted(map(content, graph.assignments))
        for one in must_stay:
            assert now.count(one) >= must_stay.count(one)
        ours = [
            one
            for one in graph.assignments
            if one["intent"] == intent
            and one["target"].get("groupId") == group
            and one["target"]["@odata.type"] == "#microsoft.graph.groupAssignmentTarget"
        ]
        there_before = sum(
            (json.loads(one)["intent"], json.loads(one)["target"].get("groupId")) == (intent, group)
            and "exclusion" not in json.loads(one)["target"]["@odata.type"]
            for one in must_stay
        )
        assert len(ours) == max(1, there_before)
        must_stay = now
