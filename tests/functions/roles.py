"""The roles of functions, made in the emulated account with the rights that the template pins."""

import json
import re
from typing import Any

from infra.local.aws import ACCESS_KEY, ACCOUNT, CONFIG, REGION, SECRET_KEY, Aws, session
from tests.fakes.aws import KEYS
from tests.functions.lambdas import VALUES
from tests.infra.rights import RIGHTS

MACHINES = {
    name: name.capitalize()
    for name in ("aftercare", "chat", "deployment", "replay", "risk", "sync")
}
TABLES = {f"Tables{''.join(w.capitalize() for w in name.split('_'))}": name for name in KEYS}
PATH = VALUES["CONNECTORS_PATH"]


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def resource(name: str) -> str | None:
    """Return the ARN that a right's target stands for here; None for what nobody asks of here."""
    table, _, index = name.partition("/")
    if table in TABLES:
        return arn("dynamodb", f"table/{TABLES[table]}{'/' if index else ''}{index}")
    for short, machine in MACHINES.items():
        if name == f"{machine}Machine":
            return arn("states", f"stateMachine:{short}")
        if name == f"{machine}Machine:*":
            return arn("states", f"execution:{short}:*")
    if found := re.fullmatch(r"Connectors(\w+)Settings", name):
        return arn("ssm", f"parameter{PATH}/{found[1].lower()}")
    if found := re.fullmatch(r"Connectors(\w+)Credentials", name):
        return arn("secretsmanager", f"secret:{PATH}/{found[1].lower()}-??????")
    return arn("secretsmanager", "secret:cursor-key-??????") if name == "CursorKeySecret" else None


def assume(aws: Aws, role: str, without: str) -> dict[str, str]:
    """Return keys of a role with its rights, but for the action `without`."""
    statements = [
        {
            "Effect": "Allow",
            "Action": [action for action in actions if action != without],
            "Resource": where,
        }
        for name, actions in RIGHTS[role].items()
        if (where := resource(name)) is not None and set(actions) - {without}
    ]
    name = f"{role}-{len(aws.iam.list_roles()['Roles'])}"
    made = make_role(aws, name, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, statements)
    root = session(ACCESS_KEY, SECRET_KEY)
    sts = root.client("sts", endpoint_url=aws.endpoint, config=CONFIG)
    keys = sts.assume_role(RoleArn=made, RoleSessionName=role)["Credentials"]
    return {name: str(value) for name, value in keys.items()}


def make_role(
    aws: Aws, name: str, trusted: dict[str, str], statements: list[dict[str, Any]]
) -> str:
    """Make a role and return its ARN."""
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    made = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document([trust]))
    if statements:
        document = _document(statements)
        aws.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return str(made["Role"]["Arn"])


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
