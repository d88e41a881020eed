"""Makes up for what the emulator does differently from AWS, after the deployment and by its API.

- Its stock Python workers turn every exception into one name, so that the `Retry` and `Catch` of a
  state machine never match. Python functions are therefore run as `provided.al2023`, whose
  bootstrap starts AWS's own runtime interface client, which reports the real names.
- Its CloudFormation drops a table's TimeToLive and point-in-time recovery.
- Its CloudFormation takes `Ref` of a secret for the name, where AWS gives the ARN: policies that
  name a secret would allow nothing. That is put right only where IAM is enforced.

Nagle's algorithm, alarms that heed no dimensions and the name of a throttled step's error are put
right in the launcher; metrics that functions log, in `metrics`.
"""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.assembly import Assembly, zip_folder
from infra.local.aws import Aws
from infra.local.deployment import Deployment

WORKER = "worker-"
"""Precedes a worker's process id in the User-Agent: `app/worker-4711`."""


def apply(aws: Aws, assembly: Assembly, deployment: Deployment, runtime: Path) -> None:
    """Adjust what was deployed. `runtime` holds what the Lambda runtime brings by itself."""
    for logical_id, function in assembly.of_type("AWS::Lambda::Function"):
        if str(function.get("Runtime")).startswith("python"):
            name = deployment.physical_ids[logical_id]
            _run_by_interface_client(aws, assembly, name, function, runtime)
    for logical_id, table in assembly.of_type("AWS::DynamoDB::Table"):
        _restore_table_properties(aws, deployment.physical_ids[logical_id], table)


def name_secrets_by_arn(aws: Aws) -> None:
    """Let every role's policies name secrets as they would on AWS."""
    secrets = aws.secrets.list_secrets()["SecretList"]
    arns = {secret["Name"]: secret["ARN"] for secret in secrets}
    for role in aws.iam.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in aws.iam.list_role_policies(RoleName=name)["PolicyNames"]:
            given = aws.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in given["Statement"]:
                named = statement["Resource"]
                named = [named] if isinstance(named, str) else named
                statement["Resource"] = [arns.get(one, one) for one in named]
            aws.iam.put_role_policy(
                RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(given)
            )


def bootstrap(layers: list[Path], runtime: Path) -> str:
    """Return the program that the emulator starts as a function's environment.

    It is run by the interpreter that the virtual environment was made from, without any
    site-packages (-S): what the layers lack is missing here as it would be on AWS. Each AWS request
    names the process that sends it, in its User-Agent.
    """
    path = ":".join(str(folder) for folder in (*layers, runtime))
    return f"""#!/bin/sh
export PYTHONPATH="$LAMBDA_TASK_ROOT":{shlex.quote(path)}
export PYTHONDONTWRITEBYTECODE=1
export AWS_EXECUTION_ENV=AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}
export AWS_LAMBDA_LOG_GROUP_NAME="/aws/lambda/$AWS_LAMBDA_FUNCTION_NAME"
export AWS_SDK_UA_APP_ID="{WORKER}$$"
exec {shlex.quote(base_interpreter())} -S -m awslambdaric "$_HANDLER"
"""


def base_interpreter() -> str:
    """Return the interpreter behind the virtual environment."""
    # Of CPython, private and stable: sys.executable of the interpreter that made the environment.
    base: str = getattr(sys, "_base_executable", sys.executable)
    return base


def layer_folders(assembly: Assembly, function: Mapping[str, Any]) -> list[Path]:
    """Return the staged `python` folders of a function's own layers, in order."""
    folders = []
    for layer in function.get("Layers", []):
        content = assembly.resources[layer["Ref"]]["Properties"]["Content"]
        folders.append(assembly.folder_of(content["S3Key"]) / "python")
    return folders


def _run_by_interface_client(
    aws: Aws, assembly: Assembly, name: str, function: Mapping[str, Any], runtime: Path
) -> None:
    program = bootstrap(layer_folders(assembly, function), runtime)
    code = zip_folder(assembly.folder_of(function["Code"]["S3Key"]), {"bootstrap": program})
    aws.functions.update_function_code(FunctionName=name, ZipFile=code)
    aws.functions.update_function_configuration(FunctionName=name, Runtime="provided.al2023")


def _restore_table_properties(aws: Aws, name: str, table: Mapping[str, Any]) -> None:
    if "TimeToLiveSpecification" in table:
        aws.dynamodb.update_time_to_live(
            TableName=name, TimeToLiveSpecification=table["TimeToLiveSpecification"]
        )
    if "PointInTimeRecoverySpecification" in table:
        aws.dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification=table["PointInTimeRecoverySpecification"],
        )
