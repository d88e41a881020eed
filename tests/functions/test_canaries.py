"""Canaries through the functions: what is secret and what payloads say stays where it belongs.

A deployment succeeds, is refused, fails for a while and is settled; the vendor repeats its whole
request in its errors, credentials included. tests/e2e/test_canaries.py does the same deployed.
"""

import json
import uuid
from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from infra.local.standins import ansible
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.functions.account import Account
from tests.functions.asking import ask
from tests.functions.lambdas import VALUES, Context, Function, sample, settle

CANARY = f"canary-{uuid.uuid4()}"
SECRETS = (ansible.TOKEN, "a key of 64 chars")
WORK = {"input", "result", "problem", "handle", "intent"}
"""A task's attributes that hold what was asked and what the vendor said of it."""
TABLES = ("executions", "events", "circuits", "leases")
SUBMIT, POLL = "deployment/submit", "deployment/poll"
LAUNCH = "/launch/"


@pytest.fixture
def sinks(
    account: Account,
    function: Function,
    vendor: StandIns,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> dict[str, str]:
    """Let everything happen, and return what was written, by where."""
    account.configure("ansible", vendor.settings_of("ansible"), vendor.secret_of("ansible"))
    monkeypatch.setitem(VALUES, "SERVICES", "ansible,intune,servicenow")
    found: dict[str, str] = {"answers of steps": "", "error answers": ""}
    api = function("api")
    for fault in (None, 400, 503, "settled"):
        if fault in (400, 503):
            arm(vendor, LAUNCH, status=fault, body=echo())
        status, answered = ask(api, deployment())
        assert status == 202, answered
        event = account.step(answered["task_id"])
        found["answers of steps"] += run(function, event, settled=fault == "settled")
    for body in (
        {"connector_type": "ansible", "payload": {"job_template_id": CANARY, "limit": [CANARY]}},
        {"connector_type": CANARY, "payload": CANARY, "deadline_seconds": CANARY},
        CANARY,
    ):
        refused = function("api")(deployment(body), Context())
        assert refused["statusCode"] == 400
        found["error answers"] += refused["body"]
    captured = capsys.readouterr()
    found |= {"logs": captured.out, "stderr": captured.err}
    for table in TABLES:
        for item in account.items(table):
            kept = {name: value for name, value in item.items() if name not in WORK}
            work = {name: value for name, value in item.items() if name in WORK}
            found[f"table {table}"] = found.get(f"table {table}", "") + str(kept)
            found[f"work in {table}"] = found.get(f"work in {table}", "") + str(work)
    found["inputs"] = "".join(one["input"] for one in account.executions())
    return found


def echo() -> dict[str, str]:
    """What a careless vendor says: the request that it refuses, with its headers."""
    return {"detail": f"{CANARY} refused", "authorization": f"Bearer {ansible.TOKEN}"}


def deployment(body: Any = None) -> dict[str, Any]:
    event = sample("api", "post_deployment")
    del event["headers"]["idempotency-key"]
    payload = {
        "job_template_id": ansible.TEMPLATE,
        "limit": f"web:&{CANARY}",
        "extra_vars": {"password": CANARY},
    }
    event["body"] = json.dumps(body or {"connector_type": "ansible", "payload": payload})
    return event


def run(function: Function, event: dict[str, Any], *, settled: bool) -> str:
    """Run a task's steps, or let it be settled as killed; return all that they answered."""
    if settled:
        return json.dumps(settle(function, event))
    answers = ""
    try:
        answer = function(SUBMIT)(event, Context())
        answers += json.dumps(answer)
        if answer["next"] == "poll":
            answers += json.dumps(function(POLL)(event, Context()))
    except TransientError as error:  # Step Functions writes it down
        answers += f"{type(error).__name__}: {error}"
    return answers


def test__canaries__are_only_where_the_work_is(sinks: dict[str, str]) -> None:
    print(f"{len(sinks)} sinks searched: {', '.join(sorted(sinks))}")
    assert sinks["logs"]
    assert sinks["table events"]
    assert CANARY in sinks["inputs"]
    assert "refused" in sinks["work in executions"]  # the vendor's echo was met, and redacted
    holding = {name for name, text in sinks.items() if CANARY in text}
    assert holding <= {"inputs", "work in executions"}


def test__secrets__are_nowhere(sinks: dict[str, str]) -> None:
    for secret in SECRETS:
        assert [name for name, text in sinks.items() if secret in text] == []
