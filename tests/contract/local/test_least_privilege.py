"""With `iam` the emulated account refuses what a role does not allow; the rest of it works."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.aws import ACCESS_KEY, ACCOUNT, CONFIG, REGION, SECRET_KEY, Aws, session
from infra.local.emulator import running_emulator
from infra.local.ports import choose_port

TABLE = "executions"
ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
KEY = {"task_id": {"S": "one"}}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder: Path = tmp_path_factory.mktemp("emulator") / "run"
    with running_emulator(choose_port("0"), folder, iam=True) as emulator:
        made = Aws(emulator.endpoint)
        made.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "task_id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "task_id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


def client(aws: Aws, service: str, *keys: str) -> Any:
    user: Any = session(*keys)
    return user.client(service, endpoint_url=aws.endpoint, config=CONFIG)


@pytest.fixture(scope="module")
def keys(aws: Aws) -> tuple[str, str, str]:
    """Return keys of somebody who may read the table and nothing else."""
    role = aws.iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))
    allow = {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": [ARN]}
    aws.iam.put_role_policy(
        RoleName="reader",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    sts = client(aws, "sts", ACCESS_KEY, SECRET_KEY)
    assumed = sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="test")["Credentials"]
    return assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]


def test__role__does_what_it_may(aws: Aws, keys: tuple[str, str, str]) -> None:
    assert "Item" not in client(aws, "dynamodb", *keys).get_item(TableName=TABLE, Key=KEY)


def test__role__is_refused_what_it_may_not(aws: Aws, keys: tuple[str, str, str]) -> None:
    reader = client(aws, "dynamodb", *keys)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.put_item(TableName=TABLE, Item=KEY)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.query(TableName=TABLE, KeyConditionExpression="task_id = :one")
    write = [{"Put": {"TableName": TABLE, "Item": KEY}}]
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.transact_write_items(TransactItems=write)
    assert aws.dynamodb.scan(TableName=TABLE)["Items"] == []


def test__signature__must_be_the_roles_own(aws: Aws, keys: tuple[str, str, str]) -> None:
    forger = client(aws, "dynamodb", keys[0], "another", keys[2])
    with pytest.raises(ClientError):
        forger.get_item(TableName=TABLE, Key=KEY)
