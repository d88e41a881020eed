"""Every vendor gets every fault, where it hurts, and what fired is told apart by what it can do."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import get_args

import httpx
import pytest

from infra.local.standins import faults
from infra.local.standins.server import StandIns, serve
from infra.local.standins.wire import Answer
from tests.chaos.calls import Call
from tests.chaos.plague import (
    EFFECTS,
    KILLED,
    KINDS,
    PEACE_SECONDS,
    REFUSALS,
    Ambush,
    Plague,
    strike_of,
)
from tests.chaos.slayer import Slayer
from tests.chaos.strikes import Strikes
from tests.fakes.clock import FakeClock


@pytest.fixture(scope="module")
def standins() -> Iterator[StandIns]:
    with serve() as running:
        yield running


@pytest.fixture
def control(standins: StandIns) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=standins.control_url, timeout=5, trust_env=False) as client:
        client.post("/reset").raise_for_status()
        yield client


def armed(control: httpx.Client) -> list[dict[str, object]]:
    found: list[dict[str, object]] = control.get("/faults").json()["faults"]
    return found


def test__kinds__are_all_that_the_standins_have() -> None:
    known = {get_args(one.model_fields["kind"].annotation)[0] for one in get_args(faults.Fault)}

    assert set(KINDS) == known


def test__effects__are_known_of_every_vendor(standins: StandIns) -> None:
    assert set(EFFECTS) <= set(standins.vendors)


def test__faults__come_one_at_a_time_and_the_next_after_some_peace(
    control: httpx.Client, standins: StandIns
) -> None:
    clock = FakeClock()
    plague = Plague(1, control, ("jamf",), monotonic=clock.monotonic)
    plague.arm_missing()
    clock.advance(10 * PEACE_SECONDS)
    plague.arm_missing()
    assert len(armed(control)) == 1

    _strike(standins)
    clock.advance(PEACE_SECONDS - 0.1)
    plague.arm_missing()
    assert [fault["hits"] for fault in armed(control)] == [1]

    clock.advance(0.1)
    plague.arm_missing()
    assert [fault["hits"] for fault in armed(control)] == [1, 0]


def test__a_deck__has_every_kind_before_and_after(control: httpx.Client) -> None:
    plague = Plague(1, control, ("jamf",))
    drawn = [plague._next("jamf") for _ in range(2 * len(KINDS))]

    assert Counter((one["kind"], one["when"]) for one in drawn) == {
        (kind, when): 1 for kind in KINDS for when in ("before", "after")
    }
    for fault in drawn:
        control.post("/faults", json=fault).raise_for_status()
        assert fault["when"] == "before" or fault["match"] == {
            "path": EFFECTS["jamf"],
            "method": "POST",
        }


def test__who_has_done_it__does_not_say_that_it_was_refused(control: httpx.Client) -> None:
    plague = Plague(1, control, ("jamf",))
    drawn = [plague._next("jamf") for _ in range(64 * 2 * len(KINDS))]
    statuses = {
        when: {one["status"] for one in drawn if one["kind"] == "status" and one["when"] == when}
        for when in ("before", "after")
    }

    assert set(REFUSALS) <= statuses["before"]
    assert not set(REFUSALS) & statuses["after"]


@pytest.mark.parametrize(("method", "doubt"), [("GET", False), ("POST", True)])
def test__struck__a_read_leaves_no_doubt(method: str, doubt: bool) -> None:
    strike = strike_of(
        {
            "fault": "hang",
            "when": "before",
            "method": method,
            "path": "/jamf/api/v1/deploy-package",
            "headers": {"x-correlation-id": "corr"},
            "at": 5.0,
        }
    )

    assert (strike.kind, strike.whose, strike.at) == ("jamf: hang", "corr", 5.0)
    assert strike.casts_doubt == doubt


def exchange(ambush: Ambush, path: str, *, method: str = "POST", correlation: str = "corr") -> None:
    headers = [(b"x-correlation-id", correlation.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    ambush("jamf", scope, b"", Answer(200))


def test__ambush__kills_who_has_just_had_an_effect() -> None:
    killed: list[int] = []

    def kill(pid: int) -> bool:
        killed.append(pid)
        return True

    slayer, strikes = Slayer(kill), Strikes()
    call = Call(
        service="dynamodb",
        operation="UpdateItem",
        task="t",
        writes=True,
        intends=True,
        worker=7,
    )
    slayer.watch(call)
    ambush = Ambush(
        1,
        slayer=slayer,
        strikes=strikes,
        tasks_of={"corr": ["t"], "other": []}.__getitem__,
        blanks=0,
    )

    exchange(ambush, "/jamf/api/v1/deploy-package")
    ambush.armed = True
    exchange(ambush, "/jamf/api/v1/deploy-package", method="GET")
    exchange(ambush, "/jamf/api/v1/oauth/token")
    exchange(ambush, "/jamf/api/v1/deploy-package", correlation="other")
    assert killed == []

    exchange(ambush, "/jamf/api/v1/deploy-package")
    assert killed == [7]
    assert [(one.kind, one.whose, one.casts_doubt) for one in strikes.all()] == [
        (KILLED, "t", True)
    ]


def _strike(standins: StandIns) -> None:
    """Run into the fault that waits, whatever it is."""
    with (
        httpx.Client(base_url=standins.url_of("jamf"), timeout=0.3, trust_env=False) as client,
        suppress(httpx.TransportError),
    ):
        client.post("/api/v1/deploy-package", json={})
