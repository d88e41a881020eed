"""Deploys an assembly with boto3 alone: assets to S3, the template by its URL there."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from infra.deployed import outputs_of
from infra.local.assembly import Assembly
from infra.local.aws import Aws
from infra.local.errors import LocalStackError

_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
"""What `cdk bootstrap` leaves in an account, and every synthesized template checks."""
_DEPLOY_SECONDS = 120


@dataclass(frozen=True)
class Deployment:
    """What CloudFormation made."""

    outputs: Mapping[str, str]
    physical_ids: Mapping[str, str]
    """By logical id."""


def deploy(aws: Aws, assembly: Assembly) -> Deployment:
    """Create the stack. Raises LocalStackError with the reasons that CloudFormation gives."""
    for bucket in {asset.bucket for asset in assembly.assets}:
        aws.s3.create_bucket(Bucket=bucket)
    for asset in assembly.assets:
        aws.s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=asset.content())
    aws.parameters.put_parameter(Name=_BOOTSTRAP_VERSION, Value="30", Type="String", Overwrite=True)
    aws.cloudformation.create_stack(
        StackName=assembly.stack_name,
        TemplateURL=_template_url(aws, assembly),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    _await_end(aws, assembly.stack_name)
    return read_deployment(aws, assembly.stack_name)


def read_deployment(aws: Aws, name: str) -> Deployment:
    """Return what was made of a stack."""
    stack = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    pages = aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    physical_ids = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if "PhysicalResourceId" in resource
    }
    return Deployment(outputs_of(stack), physical_ids)


def _template_url(aws: Aws, assembly: Assembly) -> str:
    for asset in assembly.assets:
        if asset.source == assembly.template_file:
            return f"{aws.endpoint}/{asset.bucket}/{asset.key}"
    raise LocalStackError("The assembly does not list its own template as an asset.")


def _await_end(aws: Aws, name: str) -> None:
    give_up = time.monotonic() + _DEPLOY_SECONDS
    while time.monotonic() < give_up:
        stack = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if not status.endswith("IN_PROGRESS") or status.startswith("ROLLBACK"):
            raise LocalStackError(f"CloudFormation ended in {status}:\n{_reasons(aws, name)}")
        time.sleep(0.05)
    raise LocalStackError(f"CloudFormation was not done after {_DEPLOY_SECONDS} s.")


def _reasons(aws: Aws, name: str) -> str:
    events = aws.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(
        f"  {event.get('LogicalResourceId')}: {event.get('ResourceStatusReason', 'no reason')}"
        for event in events
        if "FAILED" in event.get("ResourceStatus", "")
    )
