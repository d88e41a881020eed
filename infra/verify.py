"""Verify a stage in the account that is signed in: `make verify STAGE=staging`.

Reads the stack's outputs, makes users for the time of the run in the stack's own user pool, and
runs those end-to-end tests that hold in every account, whatever its vendors (marked `account`).
What is real at the vendors is only touched where DEPLOYMENTS names a file of bodies for
`POST /deployments` that may be sent there. A stack that trusts another issuer cannot be given
users: TOKENS then names a file of tokens by right: submit, operate, none.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import deployed
from infra.users import RIGHTS, enroll

ROOT = Path(__file__).resolve().parent.parent


class VerifyError(RuntimeError):
    """There is nothing to verify, or no way in."""


def outputs_of(cloudformation: Any, stack: str) -> dict[str, str]:
    """Return a stack's outputs. Raises VerifyError where it is not deployed."""
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        raise VerifyError(f"{stack} cannot be read: {error}") from error
    if not found["StackStatus"].endswith("_COMPLETE"):
        raise VerifyError(f"{stack} is {found['StackStatus']}: wait until it is deployed")
    return deployed.outputs_of(found)


@contextmanager
def visitors(cognito: Any, pool: str, client: str) -> Iterator[dict[str, str]]:
    """Give a token for each of RIGHTS; the users are gone afterwards."""
    run = secrets.token_hex(4)
    names = {right: f"verify-{run}-{right}" for right in RIGHTS}
    try:
        yield {
            right: enroll(cognito, pool, client, name, RIGHTS[right])
            for right, name in names.items()
        }
    finally:
        for name in names.values():
            try:
                cognito.admin_delete_user(UserPoolId=pool, Username=name)
            except cognito.exceptions.UserNotFoundException:
                continue  # the run ended before it was made


def check(outputs: Mapping[str, str], tokens: Mapping[str, str]) -> int:
    """Run the tests against what `outputs` describe and return pytest's exit code."""
    described = {
        "api_url": os.environ.get("API_URL") or outputs["ApiUrl"],
        "tokens": dict(tokens),
        "outputs": dict(outputs),
    }
    with tempfile.TemporaryDirectory() as folder:
        # Tokens: for its owner's eyes only, as the folder is.
        file = Path(folder) / "account.json"
        file.write_text(json.dumps(described))
        # The account's credentials stay with us: the tests are clients of the API and no more.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        command = [sys.executable, "-m", "pytest", "-m", "account", "-n", "0", "tests/e2e"]
        return subprocess.run(  # noqa: S603 - our own interpreter
            command, cwd=ROOT, env={**kept, "VERIFY": str(file)}, check=False
        ).returncode


def verify(stack: str, tokens: str | None) -> int:
    """Run the tests against a stack, with tokens from a file or made for it. Raises VerifyError."""
    # As the CDK's commands read it, which boto3 does not; None: as boto3 finds it.
    account = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    outputs = outputs_of(account.client("cloudformation"), stack)
    if tokens:
        return check(outputs, json.loads(Path(tokens).read_text()))
    if "UserPoolId" not in outputs:
        raise VerifyError("the stack trusts another issuer: name a file of its tokens, TOKENS")
    pool, client = outputs["UserPoolId"], outputs["UserPoolClientId"]
    with visitors(account.client("cognito-idp"), pool, client) as made:
        return check(outputs, made)


def main() -> int:
    """Verify STAGE. Exits with one sentence where that is not possible."""
    try:
        return verify(deployed.stack_name(os.environ["STAGE"]), os.environ.get("TOKENS"))
    except (VerifyError, BotoCoreError, ClientError) as error:
        print(f"verify: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
