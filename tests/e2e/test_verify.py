"""`make verify`, with the local stack for an account."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]


def verify(stack: LocalStack, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run it as the Makefile does, with the account's credentials in the environment."""
    signed_in = {
        "AWS_ENDPOINT_URL": stack.aws.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "API_URL": stack.api_url,
    }
    return subprocess.run(
        [sys.executable, "-m", "infra.verify"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "STAGE": "local", **signed_in, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def users(stack: LocalStack) -> set[str]:
    listed = stack.aws.cognito.list_users(UserPoolId=stack.outputs["UserPoolId"])["Users"]
    return {user["Username"] for user in listed}


def test__verify__a_stack_that_is_well__passes_and_leaves_no_user(
    stack: LocalStack, payload: dict[str, Any], tmp_path: Path
) -> None:
    before = users(stack)
    file = tmp_path / "deployments.json"
    file.write_text(json.dumps([{"connector_type": "intune", "payload": payload}]))
    done = verify(stack, DEPLOYMENTS=str(file))

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
    assert users(stack) == before


def test__verify__an_api_that_does_not_answer__fails(stack: LocalStack) -> None:
    done = verify(stack, API_URL=f"{stack.aws.endpoint}/_aws/execute-api/none/$default")
    assert done.returncode == 1
    assert "failed" in done.stdout


def test__verify__no_such_stack__says_so(stack: LocalStack) -> None:
    done = verify(stack, STAGE="prod")
    assert done.returncode == 1
    assert "verify: breakwater-prod cannot be read" in done.stderr
