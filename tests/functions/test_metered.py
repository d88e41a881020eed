"""Each workflow's operations, as they are paid for: what infra/costs/counted.toml says, counted.

The prices are multiplied with that file and with nothing else, so a step that begins to write more
fails here before it costs anything.
"""

import json
from itertools import pairwise
from typing import Any

import pytest

from infra.costs.counted import COUNTED, PAYLOADS, Counted
from infra.local.standins import ansible, intune
from infra.local.standins.server import StandIns
from tests.fakes.conversations import a_conversation
from tests.fakes.events import DEPLOYMENTS
from tests.functions.account import Account
from tests.functions.asking import accepted, deploy
from tests.functions.bill import BODY, CHANGE, INTENTS, MESSAGES, PAYLOAD, SYNC, state_intent
from tests.functions.lambdas import VALUES, Context, Function
from tests.functions.meter import Meter
from tests.infra.flows import definition


@pytest.fixture
def meter(account: Account) -> Meter:
    return Meter()


class Run:
    """A task from its acceptance on, step by step."""

    def __init__(self, account: Account, function: Function, path: str, body: Any = None) -> None:
        self._account, self._function = account, function
        self._task_id = accepted(function("api"), path, body)

    def step(self, folder: str, second: int = 1) -> str:
        """Return where a step leads."""
        step = self._account.step(self._task_id, second=second)
        return str(self._function(folder)(step, Context())["next"])


def assert_metered(name: str, meter: Meter) -> None:
    """Compare what was metered since the last time with what the file says."""
    of = COUNTED[name]
    written = {"read_units": of.read_units, "write_units": of.write_units}
    assert meter.taken() == {**written, "index_units": of.index_units}


@pytest.mark.usefixtures("vendor")
def test__deployment__done_at_once(account: Account, function: Function, meter: Meter) -> None:
    run = Run(account, function, DEPLOYMENTS, BODY)
    assert run.step("deployment/submit") == "succeed"
    assert_metered("deployment", meter)


@pytest.mark.usefixtures("vendor")
def test__deployment__that_is_polled(account: Account, function: Function, meter: Meter) -> None:
    awaited = {**PAYLOAD, "app_id": intune.ROLLOUT_APP, "await_installation": True}
    run = Run(account, function, DEPLOYMENTS, {**BODY, "payload": awaited})
    assert run.step("deployment/submit") == "poll"
    meter.taken()
    # In an environment that has to read the circuit.
    assert run.step("deployment/poll", 2) == "poll"
    assert_metered("poll", meter)


@pytest.mark.usefixtures("vendor")
def test__deployment__with_a_change_record(
    account: Account, function: Function, meter: Meter
) -> None:
    run = Run(account, function, DEPLOYMENTS, {**BODY, "change": CHANGE})
    assert run.step("deployment/submit") == "succeed"
    assert run.step("deployment/document", 2) == "succeed"
    assert_metered("deployment with a change record", meter)


@pytest.mark.usefixtures("vendor")
def test__sync__of_one_page(
    account: Account, function: Function, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(account, function, SYNC)
    monkeypatch.setitem(VALUES, "SOFT_LIMIT_SECONDS", "300")
    assert run.step("sync/pull") == "succeed"
    assert_metered("sync of five records", meter)


@pytest.mark.usefixtures("vendor")
def test__chat__answered_at_once(account: Account, function: Function) -> None:
    account.conversations.create(a_conversation())
    meter = Meter()
    run = Run(account, function, MESSAGES, {"content": "Why?"})
    assert run.step("chat/complete") == "succeed"
    assert_metered("chat", meter)


def test__score(account: Account, function: Function, meter: Meter) -> None:
    path = f"{INTENTS}/{state_intent(function)}/risk-score"
    meter.taken()
    run = Run(account, function, path)
    assert run.step("risk/score") == "succeed"
    assert_metered("risk score", meter)


@pytest.mark.parametrize("kib", PAYLOADS)
def test__deployment__of_a_payload(
    account: Account,
    function: Function,
    vendor: StandIns,
    meter: Meter,
    monkeypatch: pytest.MonkeyPatch,
    kib: int,
) -> None:
    account.configure("ansible", vendor.settings_of("ansible"), vendor.secret_of("ansible"))
    monkeypatch.setitem(VALUES, "SERVICES", "ansible")
    payload = {
        "job_template_id": ansible.TEMPLATE,
        "limit": "web",
        "extra_vars": {f"name_{number}": "x" * 1000 for number in range(kib)},
    }
    deploy(function("api"), {"connector_type": "ansible", "payload": payload})
    assert meter.taken()["write_units"] == PAYLOADS[kib]


@pytest.mark.parametrize("name", COUNTED)
def test__states__are_a_way_through_the_flow(name: str) -> None:
    of: Counted = COUNTED[name]
    states = definition(of.flow)["States"]
    for here, there in pairwise(of.states):
        assert f'"{there}"' in json.dumps(states[here]), f"{here} does not lead to {there}"
    assert name == "poll" or states[of.states[-1]]["Type"] == "Succeed"
