"""Each workflow's operations, as they are paid for: what infra/costs/counted.toml says, counted.

The prices are multiplied with that file and with nothing else, so a step that begins to write more
fails here before it costs anything.
"""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
from infra.costs.counted import COUNTED, PAYLOADS, Counted
from infra.local.standins import ansible, intune
from infra.local.standins.server import StandIns
from tests.fakes.conversations import CONVERSATION_ID, a_conversation
from tests.fakes.events import SUBMITTER, http_event, post_event
from tests.functions.lambdas import VALUES, Account, Context, LambdaHandler
from tests.functions.meter import Meter
from tests.functions.test_cost import BODY, CHANGE, PAYLOAD, state_intent, step
from tests.infra.flows import definition

Function = Callable[[str], LambdaHandler]


@pytest.fixture
def meter(account: Account) -> Meter:
    return Meter()


def ask(function: Function, event: dict[str, Any]) -> None:
    assert function("api")(event, Context())["statusCode"] == 202


def run(account: Account, function: Function, folder: str, second: int = 1) -> str:
    answer = function(folder)(step(account, second), Context())
    return str(answer["next"])


def holds(name: str, meter: Meter) -> None:
    """Compare what was metered since the last time with what the file says."""
    of = COUNTED[name]
    written = {"read_units": of.read_units, "write_units": of.write_units}
    assert meter.taken() == {**written, "index_units": of.index_units}


@pytest.mark.usefixtures("vendor")
def test__deployment__done_at_once(account: Account, function: Function, meter: Meter) -> None:
    ask(function, post_event(BODY))
    assert run(account, function, "deployment/submit") == "succeed"
    holds("deployment", meter)


@pytest.mark.usefixtures("vendor")
def test__deployment__that_is_polled(account: Account, function: Function, meter: Meter) -> None:
    awaited = {**PAYLOAD, "app_id": intune.ROLLOUT_APP, "await_installation": True}
    ask(function, post_event({**BODY, "payload": awaited}))
    assert run(account, function, "deployment/submit") == "poll"
    meter.taken()
    # In an environment that has to read the circuit.
    assert run(account, function, "deployment/poll", 2) == "poll"
    holds("poll", meter)


@pytest.mark.usefixtures("vendor")
def test__deployment__with_a_change_record(
    account: Account, function: Function, meter: Meter
) -> None:
    ask(function, post_event({**BODY, "change": CHANGE}))
    assert run(account, function, "deployment/submit") == "succeed"
    assert run(account, function, "deployment/document", 2) == "succeed"
    holds("deployment with a change record", meter)


@pytest.mark.usefixtures("vendor")
def test__sync__of_one_page(
    account: Account, function: Function, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/integrations/servicenow/sync"
    ask(function, http_event("POST", path, claims=SUBMITTER))
    monkeypatch.setitem(VALUES, "SOFT_LIMIT_SECONDS", "300")
    assert run(account, function, "sync/pull") == "succeed"
    holds("sync of five records", meter)


@pytest.mark.usefixtures("vendor")
def test__chat__answered_at_once(account: Account, function: Function) -> None:
    store = DynamoConversationStore(account.dynamodb, conversations_table="conversations")
    store.create(a_conversation(owner=SUBMITTER["sub"]))
    meter = Meter()
    path = f"/api/v1/conversations/{CONVERSATION_ID}/messages"
    headers = {"content-type": "application/json"}
    body = '{"content": "Why?"}'
    ask(function, http_event("POST", path, body=body, headers=headers, claims=SUBMITTER))
    assert run(account, function, "chat/complete") == "succeed"
    holds("chat", meter)


def test__score(account: Account, function: Function, meter: Meter) -> None:
    path = f"/api/v1/deployment-intents/{state_intent(function)}/risk-score"
    meter.taken()
    ask(function, http_event("POST", path, claims=SUBMITTER))
    assert run(account, function, "risk/score") == "succeed"
    holds("risk score", meter)


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
    ask(function, post_event({"connector_type": "ansible", "payload": payload}))
    assert meter.taken()["write_units"] == PAYLOADS[kib]


@pytest.mark.parametrize("name", COUNTED)
def test__states__are_a_way_through_the_flow(name: str) -> None:
    of: Counted = COUNTED[name]
    states = definition(of.flow)["States"]
    for here, there in pairwise(of.states):
        assert f'"{there}"' in json.dumps(states[here]), f"{here} does not lead to {there}"
    assert name == "poll" or states[of.states[-1]]["Type"] == "Succeed"
