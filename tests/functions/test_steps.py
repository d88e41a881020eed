import json
from datetime import datetime

import pytest

from breakwater.domain.attempts import StepInput
from breakwater.domain.errors import StaleAttemptError, TransientError
from infra.local.standins import intune
from infra.local.standins.server import StandIns
from tests.contract.standins.clients import arm
from tests.fakes.tasks import claim
from tests.functions.account import Account
from tests.functions.lambdas import Context, Function, sample, soon, text

SUBMIT, POLL, SETTLE = "deployment/submit", "deployment/poll", "settle"


@pytest.mark.usefixtures("vendor")
def test__submit__vendor_takes_it__settles_success_with_its_event(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    answer = function(SUBMIT)(event, Context())

    item = account.only("executions")
    assert answer == {"next": "succeed", "resume_at": None}
    assert text(item, "status") == "SUCCESS"
    assert json.loads(item["result"]["S"])["app_id"] == event["command"]["payload"]["app_id"]
    assert int(item["expires_at"]["N"]) > soon(29 * 86400).timestamp()
    assert "due_at" not in item
    assert account.trail == ["CONNECTOR_DEPLOY_SUCCESS"]
    assert account.items("leases") == []


@pytest.mark.usefixtures("vendor")
def test__submit__invoked_again_after_the_end__repeats_the_answer_and_no_event(
    account: Account, function: Function
) -> None:
    account.seed(sample(SUBMIT, "first_attempt"))
    handler = function(SUBMIT)
    handler(sample(SUBMIT, "first_attempt"), Context())
    again = handler(sample(SUBMIT, "second_attempt"), Context())

    assert again == {"next": "succeed", "resume_at": None}
    assert account.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__submit__vendor_cannot_be_reached__raises_transient_for_the_flow_to_retry(
    account: Account, function: Function
) -> None:
    nobody = "http://127.0.0.1:1"
    account.configure_intune(nobody, intune.TENANT, intune.CLIENT_ID, intune.CLIENT_SECRET)
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)

    with pytest.raises(TransientError) as caught:
        function(SUBMIT)(event, Context())
    item = account.only("executions")
    # Step Functions matches the class's own name, not its bases.
    assert type(caught.value) is TransientError
    assert text(item, "status") == "RETRYING"
    assert json.loads(item["problem"]["S"])["type"] == "TransientError"
    assert account.trail == []


@pytest.mark.usefixtures("vendor")
def test__submit__second_attempt__goes_on_from_the_first_and_counts(
    account: Account, function: Function
) -> None:
    first, second = sample(SUBMIT, "first_attempt"), sample(SUBMIT, "second_attempt")
    by = StepInput.from_event(first).attempt
    claim(account.store, account.seed(first), by, now=soon(0), due_at=soon(60))
    answer = function(SUBMIT)(second, Context())

    assert answer["next"] == "succeed"
    assert account.only("executions")["retries"] == {"N": "1"}


@pytest.mark.usefixtures("vendor")
def test__submit__of_another_execution__changes_nothing(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event, execution_name="another")
    before = account.only("executions")

    with pytest.raises(StaleAttemptError):
        function(SUBMIT)(event, Context())
    assert account.only("executions") == before


def test__submit__service_without_settings__settles_failed_and_says_so(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    answer = function(SUBMIT)(event, Context())

    assert answer == {"next": "fail", "resume_at": None}
    assert json.loads(account.only("executions")["problem"]["S"]) == {
        "type": "ConfigurationError",
        "message": "intune is not configured",
    }
    assert account.trail == ["CONNECTOR_DEPLOY_FAILED"]


@pytest.mark.usefixtures("vendor")
def test__submit_and_poll__vendor_is_at_work__come_back_later_with_a_handle(
    account: Account, function: Function
) -> None:
    event = sample(SUBMIT, "await_installation")
    account.seed(event)
    submitted = function(SUBMIT)(event, Context())
    handle = text(account.only("executions"), "handle")
    polled = function(POLL)(sample(POLL, "await_installation"), Context())

    item = account.only("executions")
    assert handle
    for answer in (submitted, polled):
        assert answer["next"] == "poll"
        moment = datetime.strptime(answer["resume_at"], "%Y-%m-%dT%H:%M:%S%z")
        assert soon(20) < moment < soon(46)
    assert text(item, "status") == "RUNNING"
    assert item["due_at"]
    assert account.trail == []


def test__poll__vendor_asks_for_patience__comes_back_as_a_poll_when_it_said(
    account: Account, function: Function, vendor: StandIns
) -> None:
    event = sample(SUBMIT, "await_installation")
    account.seed(event)
    function(SUBMIT)(event, Context())
    arm(vendor, "exportJobs", status=429, retry_after="300")
    answer = function(POLL)(sample(POLL, "await_installation"), Context())

    item = account.only("executions")
    assert answer["next"] == "poll"
    assert text(item, "status") == "RETRYING"
    assert soon(250) < datetime.fromisoformat(text(item, "retry_at") or "") < soon(320)


@pytest.mark.usefixtures("vendor")
def test__poll__nothing_to_await__settles_success(account: Account, function: Function) -> None:
    submitted, polled = sample(SUBMIT, "await_installation"), sample(POLL, "await_installation")
    account.seed(submitted)
    function(SUBMIT)(submitted, Context())
    del polled["command"]["payload"]["await_installation"]
    answer = function(POLL)(polled, Context())

    assert answer["next"] == "succeed"
    assert account.trail == ["CONNECTOR_DEPLOY_SUCCESS"]


def test__settle__step_killed_each_time__settles_failed_by_what_killed_it(
    account: Account, function: Function
) -> None:
    event = sample(SETTLE, "killed_each_time")
    account.seed(event)
    answer = function(SETTLE)(event, Context())

    item = account.only("executions")
    assert answer == {"next": "fail", "resume_at": None}
    assert text(item, "status") == "FAILED"
    assert json.loads(item["problem"]["S"])["type"] == "States.Timeout"
    assert account.trail == ["CONNECTOR_DEPLOY_FAILED"]


def test__settle__with_an_effect_in_doubt__settles_unknown(
    account: Account, function: Function
) -> None:
    event = sample(SETTLE, "killed_each_time")
    by = StepInput.from_event(sample(SUBMIT, "first_attempt")).attempt
    task = claim(account.store, account.seed(event), by, now=soon(0), due_at=soon(60))
    account.store.intend(task, {"effect": "assign"}, now=soon(0))
    function(SETTLE)(event, Context())

    assert text(account.only("executions"), "status") == "UNKNOWN"
    assert account.trail == ["TASK_OUTCOME_UNKNOWN"]
