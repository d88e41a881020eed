"""A stack that is only said to run."""

import os
import subprocess
from pathlib import Path
from typing import cast

import pytest

from infra.local.alarms import AlarmInbox
from infra.local.aws import Aws
from infra.local.emulator import Emulator, log_of
from infra.local.seed import Users
from infra.local.stack import LocalStack


class Process:
    """As much of a process as is asked of it: lives for `glances` polls."""

    stdin = None

    def __init__(self, glances: int) -> None:
        self.pid = os.getpid()
        self.glances = glances

    def poll(self) -> int | None:
        self.glances -= 1
        return None if self.glances >= 0 else -9


def pretend(folder: Path, *, glances: int = 1_000_000, port: int = 4566) -> LocalStack:
    folder.mkdir(parents=True, exist_ok=True)
    log_of(folder).write_text("the last words")
    aws = Aws(f"http://127.0.0.1:{port}")
    process = cast("subprocess.Popen[bytes]", Process(glances))
    return LocalStack(
        api_url=f"http://127.0.0.1:{port}/_aws/execute-api/abc/$default",
        tokens={"submit": "token-s", "operate": "token-o", "none": "token-n"},
        standins={"intune": "http://127.0.0.1:1/intune"},
        control_url="http://127.0.0.1:1/_control",
        outputs={
            "DeploymentMachineArn": "arn:machine",
            "ExecutionsTable": "executions",
            "UpkeepFunction": "upkeep",
            "SweepFunction": "sweep",
        },
        functions={},
        aws=aws,
        emulator=Emulator(port, folder, process, {}),
        users=Users("pool", "client", {}),
        inbox=AlarmInbox(aws, "http://127.0.0.1:1/inbox"),
    )


@pytest.fixture
def stack(tmp_path: Path) -> LocalStack:
    return pretend(tmp_path / "run")


@pytest.fixture
def dying_stack(tmp_path: Path) -> LocalStack:
    return pretend(tmp_path / "run", glances=2)
