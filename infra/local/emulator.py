"""Starts, watches and stops the emulated AWS.

It runs in a session of its own (see launcher), so that the terminal's Ctrl-C reaches only us and
we take it down in order. Its environment is made from nothing: Lambda workers inherit it, and
neither the user's credentials nor PYTHONPATH may leak into them. It forgets everything when it
ends, unless it is to persist: then it can be restarted cleanly, and comes back with its state.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra.local import launcher
from infra.local.aws import ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY
from infra.local.errors import LocalStackError

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_SAVE_SECONDS = 60.0
"""How long it may take to write its state down."""
_TAIL_LINES = 15
_WORKERS_PER_CORE = 16
"""How many Lambdas run at once, where an account's default is 1,000: each is a process that takes a
core to start, and without a bound whoever is slow has ever more of them started."""


@dataclass
class Emulator:
    """A running MiniStack on loopback."""

    port: int
    folder: Path
    process: "subprocess.Popen[bytes]" = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    """What it was started in, and is again."""

    @property
    def endpoint(self) -> str:
        """The URL at which every emulated service answers."""
        return endpoint_of(self.port)

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def await_ready(self, seconds: float = _START_SECONDS) -> None:
        """Return once it answers. Raises LocalStackError if it ends or stays silent."""
        give_up = time.monotonic() + seconds
        with httpx.Client(timeout=1, trust_env=False) as client:
            while time.monotonic() < give_up:
                if not self.is_alive:
                    raise LocalStackError(f"The AWS emulator ended at once:\n{self.tail()}")
                with suppress(httpx.TransportError):
                    if client.get(f"{self.endpoint}/_ministack/health").is_success:
                        return
                time.sleep(0.02)
        raise LocalStackError(f"The AWS emulator is silent after {seconds:.0f} s:\n{self.tail()}")

    def tail(self) -> str:
        """Return the end of its log."""
        lines = log_of(self.folder).read_text(errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    def restart(self) -> None:
        """End it as an operator would, its state saved, and start it again on its port.

        Every Lambda that runs is cut off, and every execution fails. Raises LocalStackError.
        """
        self.process.terminate()
        try:
            # It takes its whole group along as soon as everything is saved: see launcher.
            self.process.wait(_SAVE_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.stop()
            raise LocalStackError(f"The AWS emulator does not end:\n{self.tail()}") from error
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process = _spawn(self.folder, self.environment)
        self.await_ready()

    def stop(self) -> None:
        """End it and every Lambda worker at once, without asking."""
        # The group first, while its leader is not yet waited for and the id is surely its own.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(_STOP_SECONDS)


@contextmanager
def running_emulator(
    port: int, folder: Path, *, persist: bool = False, iam: bool = False
) -> Iterator[Emulator]:
    """Run MiniStack on `port` with all its files in `folder`; it has ended when this returns.

    With `iam` every call is signed and allowed by its role's policies, or refused.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    made = environment(port, folder, persist=persist, iam=iam)
    emulator = Emulator(port, folder, _spawn(folder, made), made)
    try:
        emulator.await_ready()
        yield emulator
    finally:
        emulator.stop()


def endpoint_of(port: int) -> str:
    """Return the URL of the emulator on `port`."""
    return f"http://127.0.0.1:{port}"


def log_of(folder: Path) -> Path:
    """Return where the emulator that lives in `folder` logs."""
    return folder / "emulator.log"


def environment(
    port: int, folder: Path, *, persist: bool = False, iam: bool = False
) -> dict[str, str]:
    """Return the emulator's whole environment, and with it the base of every Lambda worker's."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "PERSIST_STATE": "1" if persist else "0",
        "AUTH": "true" if iam else "false",
        "S3_DATA_DIR": str(folder / "s3"),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_ACCOUNT_CONCURRENCY": str(_WORKERS_PER_CORE * (os.cpu_count() or 1)),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "AWS_ENDPOINT_URL": endpoint_of(port),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _spawn(folder: Path, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    with log_of(folder).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            # -P: the script's folder does not belong on the path, it has modules of common names.
            [sys.executable, "-P", launcher.__file__],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
