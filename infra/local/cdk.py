"""Deploys an assembly as an account is: `cdk bootstrap`, then `cdk deploy`, against the emulator.

Slower than `deployment`, which puts the same template with boto3, and so left to the end-to-end
tests, which show that the two come to the same.
"""

import os
import tempfile
from collections.abc import Mapping

from infra import toolkit
from infra.local.assembly import Assembly
from infra.local.aws import ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY, Aws
from infra.local.deployment import Deployment, read_deployment
from infra.local.errors import LocalStackError
from infra.programs import ProgramError

_SECONDS = 180


def deploy_as_an_account(aws: Aws, assembly: Assembly) -> Deployment:
    """Create the stack by the CDK's own command line. Raises LocalStackError with its words."""
    app = ("--app", str(assembly.template_file.parent))
    with tempfile.TemporaryDirectory() as home:
        environment = _environment(aws, home)
        try:
            _run(environment, "bootstrap", *app, f"aws://{ACCOUNT}/{REGION}")
            _take_assets_without_tls(aws)
            _run(environment, "deploy", *app, "--require-approval", "never", "--all")
        except ProgramError as error:
            raise LocalStackError(str(error)) from error
    return read_deployment(aws, assembly.stack_name)


def _run(environment: Mapping[str, str], *words: str) -> None:
    toolkit.run(*words, environment=environment, seconds=_SECONDS)


def _take_assets_without_tls(aws: Aws) -> None:
    """Take the policy off the bootstrapped bucket: it denies all but TLS, which nobody speaks here.

    It counts where IAM is enforced. What the CDK's roles may do is left to them.
    """
    for bucket in aws.s3.list_buckets()["Buckets"]:
        aws.s3.delete_bucket_policy(Bucket=bucket["Name"])


def _environment(aws: Aws, home: str) -> dict[str, str]:
    """Return all that the CDK may know: neither a profile nor a proxy of the user's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "LANG": "C.UTF-8",
        "CI": "true",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
