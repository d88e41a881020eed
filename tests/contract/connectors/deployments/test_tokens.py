"""Tokens on the long way from the effect to its end."""

from datetime import timedelta
from typing import Any

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.contract.connectors.subject import Subject, subjects
from tests.contract.connectors.world import Machine, World


@pytest.fixture(params=[one for one in subjects() if one.rollout is not None], ids=str)
def subject(request: pytest.FixtureRequest) -> Subject[Any]:
    found: Subject[Any] = request.param
    return found


@pytest.fixture
def machine(world: World[Any], subject: Subject[Any]) -> Machine:
    assert subject.rollout is not None
    return world.accept(deadline=timedelta(hours=3), **subject.rollout)


def test__tokens_expire_on_the_way__renewed_and_nobody_notices(
    world: World[Any], subject: Subject[Any], machine: Machine
) -> None:
    steps = 0
    while machine.state in {Next.SUBMIT, Next.POLL}:
        machine.step()
        world.vendor.expire_tokens()
        steps += 1
    assert machine.statuses == [Status.RUNNING, Status.SUCCESS]
    assert world.vendor.effects("login", "tokens") == steps > 2
    assert subject.arrived(world) == 1


def test__rollout_outlives_its_token__renewed_before_it_ends(
    world: World[Any], subject: Subject[Any], machine: Machine
) -> None:
    subject.outlive(world)
    machine.run()
    assert machine.statuses == [Status.RUNNING, Status.SUCCESS]
    assert world.vendor.effects("login", "tokens") > 1
    # Renewed in time: no call was ever refused.
    every_call = [*world.vendor.requests("GET", "/"), *world.vendor.requests("POST", "/")]
    assert {one["status"] for one in every_call} <= {200, 201, 204}
