"""The calls of a deployment, as faults are aimed at them, and what is true when all is well."""

from dataclasses import replace
from typing import Any

from breakwater.domain.status import Status
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.subject import Subject
from tests.contract.connectors.world import World

LOGIN = "POST /login/access-key"
BEFORE = "GET created-after"
"""What is there before; the look-ups after a lost answer are of this form, too."""
PACKAGES = "POST /landscape/api/"
"""Of a login too, as a prefix: only for a world that has logged in."""
SNAPS = "POST /v2/snaps"
READ = "GET /activities/2"
"""Activities have numbers from 201 on; a list of them has none."""
CHILDREN = "GET parent-id"

SNAPS_PAYLOAD: dict[str, Any] = {"computer_ids": [31, 32], "snaps": ["hello"]}


def logged_in(world: World[Landscape]) -> World[Landscape]:
    """Return the world with a token, which another deployment has fetched."""
    assert world.accept(query="tag:desktop", packages=["curl"]).run().status is Status.SUCCESS
    return world


def assert_installed_once(world: World[Landscape]) -> None:
    assert world.vendor.installs("packages", "nginx") == 1


def assert_snap_installed_once(world: World[Landscape]) -> None:
    assert world.vendor.effects("install") == {"snaps": {"hello": 1}}


def assert_nothing_begun(world: World[Landscape]) -> None:
    assert world.vendor.installs("packages", "nginx") == 0
    assert world.vendor.installs("snaps") == 0


def ready(world: World[Landscape], call: str) -> None:
    """Log in where a fault would strike the login, too."""
    if call == PACKAGES:
        logged_in(world)


SUBJECT = Subject[Landscape](
    vendor=Landscape,
    payload={"query": "tag:web", "packages": ["nginx"]},
    other={"packages": ["git"]},
    secret="secret_key",
    login=LOGIN,
    before=[BEFORE],
    effect=PACKAGES,
    intent="install",
    after=[READ, CHILDREN],
    probe="GET /activities?",
    refusals=(302, 400, 403, 404, 409, 422),
    throttling=(429,),
    count=lambda world: world.vendor.installs("packages", "nginx"),
    assert_once=assert_installed_once,
    assert_never=assert_nothing_begun,
    rollout={},
    outlive=lambda world: world.vendor.script(progress=["scheduled"] * 150),
    ready=ready,
)
SNAP = replace(
    SUBJECT,
    variant="snaps",
    payload=SNAPS_PAYLOAD,
    effect=SNAPS,
    count=lambda world: world.vendor.installs("snaps", "hello"),
    assert_once=assert_snap_installed_once,
)
