"""Holds an API against its own description: requests made from it, answers checked by it."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path(__file__).with_name("schemathesis.toml")
ROOT = Path(__file__).parents[2]
ALL_PHASES = "examples,coverage,fuzzing,stateful"
LONGEST_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """What came of a run: how many requests were made up, and what was said of the failures."""

    cases: int
    operations: int
    failures: int
    text: str


def hold(
    url: str,
    token: str | None,
    *,
    phases: str = ALL_PHASES,
    examples: int,
    seconds: int | None = None,
) -> Outcome:
    """Let schemathesis loose on the API below `url`, as the user of `token`.

    With `seconds` it goes on for as long, and makes up more requests than `examples` for each
    operation; without, it makes just these, and those of its own phases.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "--config-file", str(CONFIG), "run",
            f"{url}/api/v1/openapi.json", "--url", url, "--phases", phases,
            "--max-examples", str(examples),
            "--generation-deterministic", "--no-color",
            "--report", "json", "--report-json-path", str(report),
        ]  # fmt: skip
        if seconds is not None:
            command += ["--max-time", str(seconds)]
        if token is not None:
            command += ["--header", f"Authorization: Bearer {token}"]
        done = subprocess.run(  # noqa: S603 - our own tool and arguments
            command,
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.access.hooks", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=(seconds or 0) + LONGEST_SECONDS,
            check=False,
        )
        assert report.exists(), done.stdout + done.stderr
        found = json.loads(report.read_text())
    return Outcome(
        cases=found["test_cases"]["generated"],
        operations=found["operations"]["tested"],
        failures=found["test_cases"]["with_failures"] + len(found["errors"]),
        text=done.stdout,
    )
