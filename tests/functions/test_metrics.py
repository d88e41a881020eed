"""What operators are shown of a task, from its acceptance to its end."""

from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.fakes.events import post_event
from tests.functions.account import Account
from tests.functions.healing import BODY
from tests.functions.lambdas import Context, Function, Lines, measured, said, sample

SUBMIT = "deployment/submit"


def only(lines: list[dict[str, Any]], name: str) -> tuple[list[float], dict[str, Any]]:
    (found,) = measured(lines, name)
    return found


@pytest.mark.usefixtures("account")
def test__accepting__is_timed_and_the_task_is_counted_once(
    function: Function, lines: Lines
) -> None:
    handler = function("api")
    event = post_event(BODY, idempotency_key="k-1")
    answer = handler(event, Context())
    assert answer["statusCode"] == 202

    found = lines()
    values, line = only(found, "TasksAccepted")
    assert (values, line["kind"], line["target"]) == ([1], "deployment", "intune")
    assert line["correlation_id"] == answer["headers"]["X-Correlation-ID"]
    assert line["task_id"] in answer["body"]
    (latency, line) = only(found, "AcceptLatency")
    assert 0 < latency[0] < 5000
    assert line["AcceptFaults"] == [0]
    assert said(found) == []

    handler(event, Context())
    found = lines()
    assert measured(found, "TasksAccepted") == []
    assert len(measured(found, "AcceptLatency")) == 1


def test__accepting__storage_is_gone__is_a_fault(
    account: Account, function: Function, lines: Lines
) -> None:
    account.dynamodb.delete_table(TableName="executions")
    assert function("api")(post_event(BODY), Context())["statusCode"] >= 500
    values, _ = only(lines(), "AcceptFaults")
    assert values == [1]


@pytest.mark.usefixtures("vendor")
def test__deployment__its_calls_and_its_end_are_measured(
    account: Account, function: Function, lines: Lines
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    function(SUBMIT)(event, Context())

    found = lines()
    values, line = only(found, "TasksEnded")
    assert (values, line["status"], line["target"]) == ([1], "SUCCESS", "intune")
    (age, line) = only(found, "TaskAge")
    assert 0 <= age[0] < 60
    assert line["TaskFaults"] == [0]
    latencies, line = only(found, "VendorLatency")
    assert len(latencies) > 3
    assert line["outcome"] == "answered"
    faults, _ = only(found, "VendorFaults")
    assert faults == [0] * len(latencies)
    for line in found:
        assert (line["task_id"], line["correlation_id"]) == (
            event["task_id"],
            event["correlation_id"],
        )
        assert (line["service"], line["attempt"]) == ("intune", 1)


def test__vendor_fails__its_faults_and_the_retry_are_measured(
    account: Account, function: Function, vendor: StandIns, lines: Lines
) -> None:
    arm(vendor, "mobileApps")
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    with pytest.raises(TransientError):
        function(SUBMIT)(event, Context())

    found = lines()
    assert only(found, "TaskRetries")[0] == [1]
    faults, _ = only(found, "VendorFaults")
    assert sum(faults) == 3
    outcomes = {line["outcome"]: len(values) for values, line in measured(found, "VendorLatency")}
    assert outcomes["5xx"] == 3
    assert measured(found, "TasksEnded") == []
