"""The workflows as they are written down: functions/*/flow.asl.json."""

import json
from pathlib import Path
from typing import Any

import pytest

FLOWS = sorted((Path(__file__).resolve().parents[2] / "functions").glob("*/flow.asl.json"))

each_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.parent.name)


def load(flow: Path) -> dict[str, Any]:
    """Return the machine that a file defines."""
    loaded: dict[str, Any] = json.loads(flow.read_text())
    return loaded


def definition(kind: str) -> dict[str, Any]:
    """Return the machine of a workflow."""
    [path] = [path for path in FLOWS if path.parent.name == kind]
    return load(path)
