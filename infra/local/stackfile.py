"""`.local/stack.json`: where the running stack is and how to get in, for scripts and other tools.

It holds tokens, so only its owner can read it. The stack that started first keeps the name; another
one that runs beside it puts its own file next to it, named after its port.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local.stack import LocalStack, is_process


def describe(stack: LocalStack) -> dict[str, Any]:
    """Return what the file says."""
    return {
        "pid": os.getpid(),
        "api_url": stack.api_url,
        "aws_endpoint_url": stack.aws.endpoint,
        "control_url": stack.control_url,
        "standins": dict(stack.standins),
        "tokens": dict(stack.tokens),
        "outputs": dict(stack.outputs),
    }


@contextmanager
def published(stack: LocalStack, state: Path) -> Iterator[Path]:
    """Keep the file in place while the body runs."""
    for left in state.glob("stack*.json"):
        if not _is_in_use(left):
            left.unlink()
    path = state / "stack.json"
    if path.exists():
        path = state / f"stack-{stack.emulator.port}.json"
    write(stack, path)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def write(stack: LocalStack, path: Path) -> None:
    """Write the file at once and for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(describe(stack), file, indent=2)
    # A reader sees the old file or the new one, never half of one.
    draft.replace(path)


def _is_in_use(path: Path) -> bool:
    """Say whether a running stack wrote the file: one that is killed leaves it behind."""
    try:
        return is_process(int(json.loads(path.read_text())["pid"]))
    except (ValueError, KeyError, TypeError):
        return False
