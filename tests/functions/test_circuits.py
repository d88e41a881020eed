"""Steps whose service's circuit is open, opens, or cannot be read."""

import json
from datetime import datetime
from typing import Any

import pytest

from breakwater.domain.errors import TransientError
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.fakes.aws import put_circuit
from tests.functions.account import Account
from tests.functions.lambdas import Context, Function, Lines, sample, soon, text

SUBMIT, POLL = "deployment/submit", "deployment/poll"


def opened(account: Account, *, seconds: float = 40.0) -> None:
    """Let Intune's circuit stand open, for so long."""
    times = {"opened_at": soon(-20).timestamp(), "retry_at": soon(seconds).timestamp()}
    values = {"state": "open", "generation": 1, "failures": 5, **times}
    put_circuit(account.dynamodb, "intune", values)


def counted(lines: list[dict[str, Any]]) -> dict[str, float]:
    """Return the metrics of Intune's circuit among logged lines, added up."""
    found: dict[str, float] = {}
    for line in lines:
        if line.get("target") == "intune":
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                name = metric["Name"]
                if name.startswith("Circuit"):
                    found[name] = found.get(name, 0) + sum(line[name])
    return found


@pytest.mark.usefixtures("vendor")
@pytest.mark.parametrize("folder", [SUBMIT, POLL])
def test__open__the_step_comes_back_as_itself_after_the_circuits_try(
    account: Account, function: Function, lines: Lines, folder: str
) -> None:
    account.seed(sample(SUBMIT, "await_installation"))
    if folder == POLL:
        function(SUBMIT)(sample(SUBMIT, "await_installation"), Context())
        lines()
    opened(account)
    answer = function(folder)(sample(folder, "await_installation"), Context())

    item = account.only("executions")
    assert answer["next"] == folder.rpartition("/")[2]
    moment = datetime.strptime(answer["resume_at"], "%Y-%m-%dT%H:%M:%S%z")
    assert soon(35) < moment < soon(71)
    assert text(item, "status") == "RETRYING"
    assert json.loads(item["problem"]["S"])["type"] == "CircuitBreakerOpenError"
    assert item["retries"] == {"N": "0"}
    logged = lines()
    assert counted(logged) == {"CircuitRejections": 1}
    assert {line.get("level") for line in logged} <= {"INFO", None}


@pytest.mark.usefixtures("vendor")
def test__open__task_would_rather_fail__settles_failed(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "first_attempt")
    event["command"]["on_open_circuit"] = "fail"
    account.seed(event)
    opened(account)

    assert function(SUBMIT)(event, Context()) == {"next": "fail", "resume_at": None}
    problem = json.loads(account.only("executions")["problem"]["S"])
    assert problem == {
        "type": "CircuitBreakerOpenError",
        "message": "Circuit breaker for 'intune' is open. Service unavailable.",
        "service": "intune",
    }


def test__vendor_dies__opens_after_five_attempts_with_one_event_and_parks(
    account: Account, function: Function, vendor: StandIns, lines: Lines
) -> None:
    arm(vendor, "mobileApps")
    first, second = sample(SUBMIT, "first_attempt"), sample(SUBMIT, "second_attempt")
    account.seed(first)
    handler = function(SUBMIT)
    with pytest.raises(TransientError):
        handler(first, Context())
    assert counted(lines()) == {"CircuitFailures": 3}
    answer = handler(second, Context())

    assert answer["next"] == "submit"
    item = account.only("circuits")
    assert (text(item, "state"), item["failures"]) == ("open", {"N": "5"})
    events = [event for event in account.items("events") if "circuit/intune" in str(event)]
    assert [text(event, "type") for event in events] == ["CIRCUIT_STATE_CHANGED"]
    logged = lines()
    assert counted(logged) == {
        "CircuitFailures": 2,
        "CircuitTransitions": 1,
        "CircuitState": 2,
        "CircuitRejections": 1,
    }
    (line,) = [line for line in logged if "new_state" in line]
    said = {name: line[name] for name in ("circuit_breaker", "old_state", "new_state")}
    assert said == {"circuit_breaker": "intune", "old_state": "closed", "new_state": "open"}
    assert (line["failure_count"], line["level"]) == (5, "WARNING")
    assert line["task_id"] == first["task_id"]


@pytest.mark.usefixtures("vendor")
def test__healthy__writes_nothing_of_circuits(
    account: Account, function: Function, lines: Lines
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    function(SUBMIT)(event, Context())

    assert account.items("circuits") == []
    assert counted(lines()) == {}


@pytest.mark.usefixtures("vendor")
def test__circuits_table_is_gone__the_deployment_succeeds_all_the_same(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    account.dynamodb.delete_table(TableName="circuits")

    assert function(SUBMIT)(event, Context())["next"] == "succeed"


@pytest.mark.usefixtures("vendor")
def test__lambda_is_about_to_be_stopped__nothing_is_sent(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)

    with pytest.raises(TransientError, match="no time is left"):
        function(SUBMIT)(event, Context(seconds_left=20))
    assert text(account.only("executions"), "status") == "RETRYING"
