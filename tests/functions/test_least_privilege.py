"""Each function at its work with the rights of its role, and no other, where IAM is enforced.

The rights are those that tests/infra/test_rights.py holds the template to. The account is the
emulator's, which evaluates policies as IAM does: transactions by the item, queries by the index.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from breakwater import bootstrap
from breakwater.domain.cancellations import AtVendor
from breakwater.domain.changes import ChangeState
from breakwater.domain.tasks import Kind
from breakwater.resilience.registry import SERVICES
from infra.local.aws import REGION, Aws
from infra.local.emulator import running_emulator
from infra.local.ports import free_port
from infra.local.standins import intune
from infra.local.standins.server import StandIns, serve
from tests.fakes.aws import create_machines, create_tables
from tests.fakes.events import OPERATOR
from tests.functions.account import Account
from tests.functions.asking import accepted, ask, deploy, post
from tests.functions.healing import BODY, cancelled, fail, url
from tests.functions.lambdas import (
    HANDLERS,
    VALUES,
    Context,
    LambdaHandler,
    environment,
    forget_clients,
    load,
    logical_id,
    sample,
)
from tests.functions.roles import MACHINES, arn, assume, make_role


class As(Protocol):
    """Loads a function with the rights of its role, but for the action `without`."""

    def __call__(self, folder: str, *, without: str = "") -> LambdaHandler: ...


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = tmp_path_factory.mktemp("emulator") / "run"
    with running_emulator(free_port(), folder, iam=True) as emulator:
        made = Aws(emulator.endpoint)
        trust = {"Service": "states.amazonaws.com"}
        machine = make_role(made, "machine", trust, [])
        create_machines(made.workflows, *MACHINES, role=machine)
        made.secrets.create_secret(Name=VALUES["CURSOR_SECRET"], SecretString="a key of 64 chars")
        with serve() as standins:
            _configure(
                Account(made.dynamodb, made.workflows, made.parameters, made.secrets), standins
            )
            yield made


def _account(aws: Aws) -> Account:
    return Account(aws.dynamodb, aws.workflows, aws.parameters, aws.secrets)


def _configure(account: Account, standins: StandIns) -> None:
    for name in standins.vendors:
        account.configure(name, standins.settings_of(name), standins.secret_of(name))


@pytest.fixture
def account(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account with its tables empty, seen by somebody who may do everything."""
    for table in aws.dynamodb.list_tables()["TableNames"]:
        aws.dynamodb.delete_table(TableName=table)
    create_tables(aws.dynamodb)
    arns = {kind: arn("states", f"stateMachine:{kind.partition('_')[0]}") for kind in Kind}
    monkeypatch.setitem(VALUES, "MACHINES", json.dumps(arns))
    monkeypatch.setitem(VALUES, "AFTERCARE_MACHINE", arn("states", "stateMachine:aftercare"))
    return _account(aws)


@pytest.fixture
def function(account: Account, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> As:
    """Load a function with the rights of its own role: `function("api")`."""

    def start(folder: str, *, without: str = "") -> LambdaHandler:
        keys = assume(aws, f"{logical_id(folder)}Role", without)
        settings = {
            **environment(folder),
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        bootstrap.reset()
        forget_clients()
        return load(folder)

    return start


READS = ("get_breakers", "get_health", "get_records", "get_status")
WRITES = ("post_conversation", "post_deployment", "post_intent", "post_sync", "put_override")


@pytest.mark.parametrize("name", [*READS, *WRITES])
def test__api__may_do_what_each_route_needs(account: Account, function: As, name: str) -> None:
    event = sample("api", name)
    owner = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    account.seed(sample("deployment/submit", "first_attempt"), owner=owner.get("sub", "nobody"))
    answer = function("api")(event, Context())

    assert answer["statusCode"] in {200, 201, 202}, answer["body"]


def test__api__lists_tasks_and_events(account: Account, function: As) -> None:
    event = sample("api", "get_records")
    for path in ("/api/v1/tasks", "/api/v1/events"):
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        event["queryStringParameters"] = {"correlation_id": "3f2b8c1e-7a54-4c39-9d07-5b1f6e2a9c10"}
        answer = function("api")(event, Context())
        assert answer["statusCode"] == 200, answer["body"]


def test__api__without_a_right__is_refused_and_says_nothing_of_it(
    account: Account, function: As
) -> None:
    handler = function("api", without="dynamodb:PutItem")
    answer = handler(sample("api", "post_deployment"), Context())

    assert answer["statusCode"] in {500, 503}
    assert "AccessDenied" not in answer["body"]
    assert account.items("executions") == []


def test__deployment__submits_polls_and_documents(account: Account, function: As) -> None:
    event = sample("deployment/submit", "with_a_change")
    event["command"]["payload"] |= {"app_id": intune.ROLLOUT_APP, "await_installation": True}
    account.seed(event)

    assert function("deployment/submit")(event, Context())["next"] == "poll"
    assert function("deployment/poll")(event, Context())["next"] in {"poll", "succeed"}
    function("settle")({**event, "error_type": "States.Timeout"}, Context())
    function("deployment/document")(event, Context())
    change = account.task(event["task_id"]).change
    assert change is not None
    assert change.state is ChangeState.CLOSED, change


def test__replay__retries_what_has_failed(account: Account, function: As) -> None:
    api = function("api")
    task_id = deploy(api, BODY)
    fail(account, task_id)
    asked = {"service": "intune", "rate_per_minute": 60}
    run = accepted(api, "/api/v1/task-retries", asked, claims=OPERATOR)

    assert function("replay/batch")(account.step(run), Context())["next"] in {"poll", "succeed"}
    assert account.task(task_id).retried_as is not None


def test__cancel__and_what_is_withdrawn_after_it(account: Account, function: As) -> None:
    event = sample("aftercare/withdraw", "after_cancel")
    event["entered_at"] = datetime.now(UTC).isoformat()
    cancelled(account, event, {"job_id": 999, "ignored_fields": []})

    function("aftercare/withdraw")(event, Context())
    mark = account.task(event["task_id"]).cancellation
    assert mark is not None
    # What Configuration or a lease would refuse never reaches the vendor, who knows no such job.
    assert (mark.error or {}).get("type") != "ConfigurationError", mark
    assert mark.at_vendor is not AtVendor.PENDING, mark
    api = function("api")
    assert post(api, url(deploy(api, BODY), "cancel"))[0] == 202


@pytest.mark.parametrize(
    ("folder", "begin", "then"),
    [
        ("chat/complete", "post_conversation", "post_message"),
        ("risk/score", "post_intent", "post_risk_score"),
    ],
)
def test__step__of_what_the_api_has_accepted(
    account: Account, function: As, folder: str, begin: str, then: str
) -> None:
    api = function("api")
    _, begun = ask(api, sample("api", begin))
    made = begun.get("conversation_id") or begun["intent_id"]
    event = sample("api", then)
    path = re.sub(r"[0-9a-f-]{36}", made, event["rawPath"])
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    status, document = ask(api, event)
    assert status == 202, document

    assert function(folder)(account.step(document["task_id"]), Context())["next"] == "succeed"


def test__sync__pulls_a_page(account: Account, function: As) -> None:
    event = sample("sync/pull", "first_attempt")
    account.seed(event)
    answer = function("sync/pull")(event, Context())

    assert answer["next"] in {"succeed", "poll"}
    assert account.items("integration_records")


def test__settle__ends_a_task(account: Account, function: As) -> None:
    event = sample("settle", "killed_each_time")
    account.seed(event)
    function("settle")(event, Context())

    assert account.trail == ["CONNECTOR_DEPLOY_FAILED"]


@pytest.mark.parametrize(
    ("folder", "name", "answer"),
    [
        ("upkeep/circuits", "each_minute", {"circuits": dict.fromkeys(SERVICES, "closed")}),
        ("upkeep/tasks", "each_minute", {"due": 0, "more": False}),
        ("upkeep/hints", "aborted", {"seen": "settled"}),
    ],
)
def test__upkeep__does_its_part(
    account: Account, function: As, folder: str, name: str, answer: dict[str, Any]
) -> None:
    account.seed(sample("settle", "killed_each_time"))
    assert function(folder)(sample(folder, name), Context()) == answer


def test__functions__are_all_put_to_work_above() -> None:
    source = Path(__file__).read_text()
    assert [folder for folder in HANDLERS if f'"{folder}"' not in source] == []
