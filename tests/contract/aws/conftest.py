from collections.abc import Callable, Iterator

import pytest
from moto import mock_aws

from breakwater import bootstrap
from breakwater.adapters import aws
from tests.contract.aws.blackhole import black_hole
from tests.fakes.aws import create_tables
from tests.functions.lambdas import REGION, VALUES, forget_clients


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every variable of every function is set; what is built in a test is forgotten after it."""
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    bootstrap.reset()
    forget_clients()
    yield
    bootstrap.reset()
    forget_clients()


@pytest.fixture
def unanswered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let AWS services, or all of them, take requests and never answer: `unanswered("SFN")`."""
    with black_hole() as url:

        def swallow(*services: str) -> None:
            for name in [f"_{service}" for service in services] or [""]:
                monkeypatch.setenv(f"AWS_ENDPOINT_URL{name}", url)

        yield swallow


@pytest.fixture
def tables() -> Iterator[None]:
    """DynamoDB with the product's tables, in moto."""
    with mock_aws():
        create_tables(aws._session().create_client("dynamodb", REGION))
        yield
