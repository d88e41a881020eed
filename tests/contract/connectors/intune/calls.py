"""The calls of a deployment, as faults are aimed at them, and what is true when all is well."""

from typing import Any

from infra.local.standins.intune import GROUP, PUBLISHED_APP, ROLLOUT_APP
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import World

LOGIN = "POST /oauth2/v2.0/token"
APP = f"GET /mobileApps/{PUBLISHED_APP}"
READ = "GET /assignments"
ASSIGN = "POST /assign"

SETTINGS = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "n": "x"}
OTHER_GROUPS = [f"5a5a5a5a-0000-4000-8000-0000000000c{number}" for number in range(3)]
OTHERS: list[dict[str, Any]] = [
    {
        "@odata.type": "#microsoft.graph.mobileAppAssignment",
        "intent": "available",
        "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group},
        "settings": SETTINGS,
    }
    for group in OTHER_GROUPS
]


def assert_assigned_once(world: World[Intune]) -> None:
    """Ours was added, by one effect, and the others are what they were."""
    expected = [(group, "available") for group in OTHER_GROUPS]
    assert world.vendor.groups(PUBLISHED_APP) == [*expected, (GROUP, "required")]
    assert world.vendor.effects("assign", "added", PUBLISHED_APP, GROUP, "required") == 1
    assert world.vendor.effects("assign", "removed") == 0
    assert world.vendor.posts(PUBLISHED_APP) == 1
    settings = [one["settings"] for one in world.vendor.assignments(PUBLISHED_APP)[:3]]
    assert settings == [SETTINGS] * 3


def assert_untouched(world: World[Intune]) -> None:
    """Nothing was assigned to anybody."""
    assert world.vendor.posts(PUBLISHED_APP) == 0
    assert world.vendor.groups(PUBLISHED_APP) == [(group, "available") for group in OTHER_GROUPS]


def arrange(world: World[Intune]) -> None:
    """Give the app assignments that nothing may take away."""
    world.vendor.app(PUBLISHED_APP, assignments=OTHERS, page_size=2)


SUBJECT = Subject[Intune](
    vendor=Intune,
    payload={
        "app_id": PUBLISHED_APP,
        "group_id": GROUP,
        "intent": "required",
        "await_installation": False,
    },
    other={"group_id": OTHER_GROUPS[0]},
    login=LOGIN,
    before=[APP, READ],
    effect=ASSIGN,
    intent="assign",
    probe="GET /mobileApps?",
    refusals=(400, 403, 404, 409, 412, 422),
    transient=(408, 429, 500, 502, 503, 504, 509),
    busy=(423,),
    count=lambda world: world.vendor.posts(PUBLISHED_APP),
    assert_once=assert_assigned_once,
    assert_never=assert_untouched,
    rollout={"app_id": ROLLOUT_APP, "await_installation": True},
    outlive=lambda world: world.vendor.limits(token_lifetime_seconds=40),
    arrange=arrange,
)
