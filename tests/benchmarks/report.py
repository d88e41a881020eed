"""Where measurements are kept."""

import json
import os
import platform
from pathlib import Path
from typing import Any


def save(path: Path, measured: dict[str, Any]) -> None:
    """Write measurements with the machine that they come from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    path.write_text(json.dumps({"machine": machine, **measured}, indent=2) + "\n")
