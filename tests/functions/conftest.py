import json
import logging
from collections.abc import Iterator

import pytest
from moto import mock_aws

from breakwater import bootstrap
from breakwater.adapters import aws
from infra.local.standins import intune
from infra.local.standins.server import StandIns, serve
from tests.fakes.aws import create_machines, create_tables
from tests.functions.account import Account
from tests.functions.lambdas import (
    REGION,
    VALUES,
    Function,
    LambdaHandler,
    Lines,
    environment,
    forget_clients,
    load,
)


@pytest.fixture(autouse=True)
def _cold_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test is an environment of its own: no graph, session, variable or logger is left."""
    for name in (*VALUES, "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    _forget()
    yield
    _forget()


def _forget() -> None:
    bootstrap.reset()
    forget_clients()
    # powertools configures a logger once for each process, with the stdout of that moment.
    logger = logging.getLogger("breakwater")
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)
    for name in ("init", "powertools_handler"):
        logger.__dict__.pop(name, None)


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        session = aws._session()
        made = Account(
            *(
                session.create_client(service, region_name=REGION)
                for service in ("dynamodb", "stepfunctions", "ssm", "secretsmanager")
            )
        )
        create_tables(made.dynamodb)
        machines = ("deployment", "sync", "chat", "risk", "replay", "aftercare")
        create_machines(made.stepfunctions, *machines)
        made.secrets.create_secret(Name=VALUES["CURSOR_SECRET"], SecretString="a key of 64 chars")
        yield made


@pytest.fixture
def function(
    account: Account,  # without one, a function would reach for the real AWS
    monkeypatch: pytest.MonkeyPatch,
) -> Function:
    """Load a function with its environment: `function("api")`."""

    def start(folder: str) -> LambdaHandler:
        for name, value in environment(folder).items():
            monkeypatch.setenv(name, value)
        return load(folder)

    return start


@pytest.fixture
def vendor(account: Account) -> Iterator[StandIns]:
    """The vendors' stand-ins, with the account's Intune settings pointing there."""
    with serve() as standins:
        account.configure_intune(
            standins.url_of("intune"), intune.TENANT, intune.CLIENT_ID, intune.CLIENT_SECRET
        )
        account.configure(
            "servicenow", standins.settings_of("servicenow"), standins.secret_of("servicenow")
        )
        account.configure("ai", standins.settings_of("ai"), standins.secret_of("ai"))
        yield standins


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Read what has been logged since the last call, as CloudWatch gets it."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
