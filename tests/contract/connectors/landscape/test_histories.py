"""Random faults on deployments that Landscape cannot tell apart: nothing is begun twice."""

import random
from collections import Counter

import pytest

from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.contract.connectors.landscape.vendor import Landscape
from tests.contract.connectors.world import World

KINDS = ["reset", "truncated", "html", "malformed", "status"]
CALLS = ["POST /landscape/api/", "GET created-after", "GET /activities/", "GET parent-id"]
QUERIES = {f"id:{number}": number for number in (21, 22, 31, 32)}
STEPS = 400


@pytest.mark.parametrize("seed", [*range(11), 106])
def test__random_faults__each_is_begun_once_and_told_its_own_end(
    world: World[Landscape], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a history that can be told again
    world.vendor.script(visibility_lag_seconds=dice.choice([0, 5, 100]))
    machines = {query: world.accept(query=query) for query in QUERIES}
    for _ in range(STEPS):
        running = [one for one in machines.values() if one.state in {Next.SUBMIT, Next.POLL}]
        if not running:
            break
        if dice.random() < 0.3:
            kind = dice.choice(KINDS)
            status = {"status": dice.choice([408, 500, 503])} if kind == "status" else {}
            world.vendor.fault(
                kind, dice.choice(CALLS), when=dice.choice(["before", "after"]), **status
            )
        dice.choice(running).step()

    begun = Counter(
        one["computer_id"]
        for one in world.vendor.look("/activities")["activities"]
        if one["parent_id"] is not None
    )
    for query, machine in machines.items():
        task, times = machine.now(), begun[QUERIES[query]]
        assert task.status.is_terminal
        assert times <= 1
        if task.status is Status.SUCCESS:
            assert times == 1
            assert task.result is not None
            computers = [one["computer_id"] for one in task.result["computers"]]
            assert computers == [QUERIES[query]]
