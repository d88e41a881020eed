"""The calls of a deployment, as faults are aimed at them, and what is true when all is well."""

from typing import Any

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World

LOGIN = "POST /login/access-key"
BEFORE = "GET created-after"
"""What is there before; the look-ups after a lost answer are of this form, too."""
PACKAGES = "POST /landscape/api/"
"""Of a login too, as a prefix: only for a world that has logged in."""
SNAPS = "POST /v2/snaps"
READ = "GET /activities/"
CHILDREN = "GET parent-id"

SNAPS_PAYLOAD: dict[str, Any] = {"computer_ids": [31, 32], "snaps": ["hello"]}


def logged_in(world: World[Landscape]) -> World[Landscape]:
    """Return the world with a token, which another deployment has fetched."""
    assert world.accept(query="tag:desktop", packages=["curl"]).run().status is Status.SUCCESS
    return world


def assert_installed_once(world: World[Landscape]) -> None:
    assert world.vendor.installs("packages", "nginx") == 1


def assert_nothing_begun(world: World[Landscape]) -> None:
    assert world.vendor.installs("packages", "nginx") == 0
    assert world.vendor.installs("snaps") == 0
