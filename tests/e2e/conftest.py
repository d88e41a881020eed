"""One stack for all end-to-end tests, users of it, and a hand on the vendor.

IAM is enforced: functions may do what their roles allow, so that every test is one of least
privilege too; IAM=0 does without. PUT=cdk has the CDK's own command line make the stack. With
VERIFY there is one already, in an account of which nothing is known but its API (infra/verify.py).
"""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.cdk import deploy_as_an_account
from infra.local.client import Client
from infra.local.deployment import deploy
from infra.local.stack import LocalStack, local_stack
from infra.local.standins import intune
from infra.users import RIGHTS, enroll
from tests.e2e.deployed import Deployed
from tests.e2e.jobs import Jobs


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    put = deploy_as_an_account if os.environ.get("PUT") == "cdk" else deploy
    with local_stack(put=put, iam=os.environ.get("IAM") != "0") as running:
        yield running


@pytest.fixture(scope="package")
def front(request: pytest.FixtureRequest) -> LocalStack | Deployed:
    """The stack as its clients know it."""
    if file := os.environ.get("VERIFY"):
        return Deployed.read(Path(file))
    running: LocalStack = request.getfixturevalue("stack")
    return running


@pytest.fixture
def submitter(front: LocalStack | Deployed) -> Iterator[Client]:
    with Client(front.api_url, front.tokens["submit"]) as client:
        yield client


@pytest.fixture
def operator(front: LocalStack | Deployed) -> Iterator[Client]:
    with Client(front.api_url, front.tokens["operate"]) as client:
        yield client


@pytest.fixture
def bystander(front: LocalStack | Deployed) -> Iterator[Client]:
    with Client(front.api_url, front.tokens["none"]) as client:
        yield client


@pytest.fixture
def anonymous(front: LocalStack | Deployed) -> Iterator[Client]:
    with Client(front.api_url, None) as client:
        yield client


@pytest.fixture(scope="package")
def second_submitters_token(stack: LocalStack) -> str:
    users = stack.users
    return enroll(
        stack.aws.cognito, users.pool_id, users.client_id, "second-submitter", RIGHTS["submit"]
    )


@pytest.fixture
def second_submitter(stack: LocalStack, second_submitters_token: str) -> Iterator[Client]:
    with Client(stack.api_url, second_submitters_token) as client:
        yield client


@pytest.fixture
def payload() -> dict[str, Any]:
    """A deployment that succeeds at once, to a group that no other test knows."""
    return {
        "app_id": intune.PUBLISHED_APP,
        "group_id": str(uuid.uuid4()),
        "intent": "required",
    }


@pytest.fixture(scope="package")
def control(stack: LocalStack) -> Iterator[httpx.Client]:
    """A client of the vendors' control routes."""
    with httpx.Client(base_url=stack.control_url, timeout=5, trust_env=False) as control:
        yield control


@pytest.fixture
def fault(control: httpx.Client) -> Iterator[Callable[..., None]]:
    """Arm a fault at the vendor; all are disarmed after the test."""

    def arm(path: str, **fault: Any) -> None:
        control.post("/faults", json={"match": {"path": path}, **fault}).raise_for_status()

    yield arm
    control.delete("/faults").raise_for_status()


@pytest.fixture
def jobs(control: httpx.Client, submitter: Client) -> Jobs:
    """Jobs at a controller that run until they are stopped."""
    return Jobs(submitter, control)


@pytest.fixture
def effects(control: httpx.Client) -> Callable[[dict[str, Any]], int]:
    """Count how often a payload's assignment was really added at the vendor."""

    def count(payload: dict[str, Any]) -> int:
        tree = control.get("/effects").raise_for_status().json()
        node: Any = tree.get("intune", {}).get("assign", {}).get("added", {})
        for step in ("app_id", "group_id", "intent"):
            node = node.get(payload[step], {})
        return node or 0

    return count
