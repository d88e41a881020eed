"""What counts against the provider's health, and its probe, by either login."""

import pytest

from breakwater.domain.errors import TransientError
from breakwater.domain.status import Status
from breakwater.resilience.circuit import State
from tests.contract.connectors.circuits import Circuits
from tests.contract.connectors.sccm.calls import SUBJECT, either_login
from tests.contract.connectors.sccm.vendor import Sccm
from tests.contract.connectors.world import World

pytestmark = either_login


def test__refused_login__says_nothing_of_its_health(
    world: World[Sccm], circuits: Circuits[Sccm]
) -> None:
    world.secret.update(client_secret="wrong", password="wrong")
    for _ in range(6):
        assert world.accept().run().status is Status.FAILED
    assert circuits.circuit.state is State.CLOSED


def test__probe__is_one_read(world: World[Sccm], circuits: Circuits[Sccm]) -> None:
    circuits.probe()
    legs = 2 if world.vendor.settings["login"] == "ntlm" else 1
    assert len(world.vendor.requests("GET", "SMS_Site")) == legs


def test__probe__error_under_a_200__is_no_answer(
    world: World[Sccm], circuits: Circuits[Sccm]
) -> None:
    world.vendor.fault("status", SUBJECT.probe, status=200, body={"error": {"code": "x"}})
    with pytest.raises(TransientError):
        circuits.probe()
    assert circuits.circuit.failures == 1
