"""One trace from the request over the execution to the vendor."""

import json
from typing import Any

import pytest

from breakwater.adapters import aws
from breakwater.adapters.tracing import VARIABLE
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import get
from tests.fakes.events import post_event
from tests.functions.account import Account
from tests.functions.healing import BODY
from tests.functions.lambdas import Context, Function, Lines, said, sample

SUBMIT = "deployment/submit"
ROOT = "1-5759e988-bd862e3fe1be46a994272793"
API = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
STEP = f"Root={ROOT};Parent=aaaaaaaaaaaaaaa1;Sampled=1;Lineage=1:a87bd80c:0"


@pytest.fixture
def started() -> list[dict[str, Any]]:
    """What StartExecution was told, each time."""
    found: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        found.append(json.loads(params["body"]))

    session: Any = aws._session()
    session.register("before-call.sfn.StartExecution", note)
    return found


@pytest.mark.usefixtures("account")
def test__accepting__the_execution_goes_on_with_the_requests_trace(
    function: Function, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = function("api")
    monkeypatch.setenv(VARIABLE, API)
    handler(post_event(BODY), Context())
    other = API.replace("bd862e3f", "00000001")
    monkeypatch.setenv(VARIABLE, other)
    handler(post_event(BODY), Context())
    monkeypatch.delenv(VARIABLE)
    handler(post_event(BODY), Context())

    assert [call.get("traceHeader") for call in started] == [API, other, None]


def test__step__every_request_to_the_vendor_is_in_the_executions_trace(
    account: Account,
    function: Function,
    vendor: StandIns,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    handler = function(SUBMIT)
    monkeypatch.setenv(VARIABLE, STEP)
    handler(event, Context())

    requests = get(f"{vendor.control_url}/requests").json()["requests"]
    assert len(requests) > 3
    for request in requests:
        assert request["headers"]["traceparent"] == (
            "00-5759e988bd862e3fe1be46a994272793-aaaaaaaaaaaaaaa1-01"
        )
        assert request["headers"]["x-correlation-id"] == event["correlation_id"]
    (line,) = said(lines())
    assert line["xray_trace_id"] == ROOT
