"""Makes the assembly with the CDK app, when an input has changed, and keeps it.

It is kept in the state folder under a digest of everything that it is made from. Assets are
content-addressed folders, and Lambda workers of a running stack load from them, so a newer
synthesis never removes an older asset.
"""

import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalStackError
from infra.programs import ProgramError, run

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "build" / "layers" / "runtime-host" / "python"
"""What the Lambda runtime brings by itself: its interface client and boto3."""

_INPUTS = ("cdk.json", "infra", "functions", "layers", "requirements")
_SECONDS = 300


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Keep two starts from synthesizing into one folder; the kernel forgets a dead holder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "synth.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_current(folder: Path, inputs: str) -> bool:
    """Say whether the assembly in the state folder was made from inputs of just this digest."""
    stamp = folder / "synth.digest"
    return (
        RUNTIME.is_dir()
        and (folder / "cdk.out" / "manifest.json").is_file()
        and stamp.is_file()
        and stamp.read_text() == inputs
    )


def mark_current(folder: Path, inputs: str) -> None:
    """Remember the digest of what the assembly was made from."""
    (folder / "synth.digest").write_text(inputs)


def stage_layers() -> None:
    """Build the host's layers. Raises LocalStackError with the tool's own words."""
    _run(["-m", "infra.layers", "--host"], {})


def synthesize(folder: Path, stage: str) -> None:
    """Synthesize a stage's template. Raises LocalStackError with the tool's own words."""
    _run(["-m", "infra.app"], {"STAGE": stage, "CDK_OUTDIR": str(folder / "cdk.out")})


def digest(root: Path, stage: str) -> str:
    """Return a digest of everything that the assembly is made from, the interpreter included."""
    made_by = f"{stage} {sys.version} {sys.platform} {os.uname().machine}"
    summary = hashlib.sha256(made_by.encode())
    for path in _inputs(root):
        summary.update(str(path.relative_to(root)).encode() + b"\0")
        summary.update(hashlib.sha256(path.read_bytes()).digest())
    return summary.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    for name in _INPUTS:
        top = root / name
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in files:
            inside = path.relative_to(root).parts
            # This package is not part of the template, and caches are nobody's input.
            if path.is_file() and inside[:2] != ("infra", "local") and "__pycache__" not in inside:
                yield path


def _run(arguments: list[str], extra: Mapping[str, str]) -> None:
    command = [sys.executable, *arguments]
    name = f"`{' '.join(command)}`"
    try:
        run(command, name=name, environment={**os.environ, **extra}, seconds=_SECONDS)
    except ProgramError as error:
        raise LocalStackError(str(error)) from error
