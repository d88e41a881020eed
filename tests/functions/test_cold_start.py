"""What a cold start imports and opens: numbers that are the same on every machine, unlike seconds.

A budget is what there is, and a little more. Raise one knowingly: each hundred modules are some
60 ms of CPU. With httpx come what the development environment has and the layers lack.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.functions.lambdas import HANDLERS, REGION, environment

MODULES: Mapping[str, int] = {
    "aftercare/withdraw": 650,
    "api": 600,
    "chat/complete": 650,
    "deployment/document": 650,
    "deployment/poll": 650,
    "deployment/submit": 650,
    "replay/batch": 445,
    "risk/score": 445,
    "settle": 430,
    "sync/pull": 650,
    "upkeep/circuits": 635,
    "upkeep/hints": 440,
    "upkeep/tasks": 440,
}
OPENED_PER_MODULE = 1.0
"""Bytecode, one each, less what is built in; and botocore's descriptions of a few services."""
VENDORS = frozenset({"httpx", "breakwater.adapters.http"})
UNWANTED: Mapping[str, frozenset[str]] = {
    "api": frozenset({"pydantic", "cryptography"}) | VENDORS,
    "risk/score": frozenset({"pydantic"}) | VENDORS,
    "settle": frozenset({"pydantic", "aws_lambda_powertools.event_handler"}) | VENDORS,
}
EVERYWHERE_UNWANTED = frozenset({"boto3", "pydantic", "aws_xray_sdk", "cryptography", "spnego"})
START = """
import json, sys
opened = 0
def count(event, arguments):
    global opened
    opened += event == "open"
already = set(sys.modules)
sys.addaudithook(count)
from breakwater import bootstrap
getattr(bootstrap, sys.argv[1])()
print(json.dumps({"modules": sorted(set(sys.modules) - already), "opened": opened}))
"""


def cold(folder: str, tmp_path: Path) -> tuple[set[str], int]:
    """Return the modules and the number of files that building a graph takes."""
    variables = {
        **environment(folder),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "HOME": str(tmp_path),
    }
    builder = folder.replace("/", "_")
    for _ in range(2):  # the first one may have to compile
        done = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", START, builder],
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    found = json.loads(done.stdout)
    return set(found["modules"]), found["opened"]


def test__budgets__every_function_has_one() -> None:
    assert MODULES.keys() == HANDLERS.keys()


@pytest.mark.parametrize("folder", HANDLERS)
def test__cold_start__is_within_its_budget(folder: str, tmp_path: Path) -> None:
    modules, opened = cold(folder, tmp_path)
    assert len(modules) <= MODULES[folder]
    assert opened <= len(modules) * OPENED_PER_MODULE
    unwanted = EVERYWHERE_UNWANTED | UNWANTED.get(folder, frozenset())
    assert modules & unwanted == set()
