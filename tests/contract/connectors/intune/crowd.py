"""An app that is assigned to others already, and what must be true of it in the end."""

from typing import Any

from infra.local.standins.intune import GROUP, PUBLISHED_APP
from tests.contract.connectors.intune.vendor import Intune
from tests.contract.connectors.world import World

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
    settings = [one["settings"] for one in world.vendor.assignments(PUBLISHED_APP)[:3]]
    assert settings == [SETTINGS] * 3


def assert_untouched(world: World[Intune]) -> None:
    """Nothing was assigned to anybody."""
    assert world.vendor.posts(PUBLISHED_APP) == 0
    assert world.vendor.groups(PUBLISHED_APP) == [(group, "available") for group in OTHER_GROUPS]
