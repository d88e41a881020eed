"""What docs/api.md and the README show is done as they show it, pasted block after block.

A block that cannot be run says why, for every reader, in the line above it: *Not run by tests: ...*
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.stack import LocalStack
from infra.local.stackfile import write

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "api.md").read_text()
FIRST_REQUEST = (ROOT / "README.md").read_text().partition("## The first request\n")[2]
FENCED = re.compile(
    r"(?P<why>^\*Not run by tests: .+\*\n+)?^```(?P<kind>sh|python)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FENCES = re.compile(r"^\s*```(?:sh|shell|bash|console|python|py)\b", re.MULTILINE)
SECONDS = 120
PRELUDE = """set -euo pipefail
# What is refused must fail its block.
curl() { command curl --noproxy '*' --fail-with-body --max-time 15 "$@"; }
"""


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    is_run: bool


def blocks(page: str) -> list[Block]:
    return [
        Block(found["kind"], found["text"], found["why"] is None) for found in FENCED.finditer(page)
    ]


def texts(page: str, kind: str) -> list[str]:
    return [block.text for block in blocks(page) if block.kind == kind and block.is_run]


def run(command: list[str], script: str, folder: Path, **settings: str) -> str:
    done = subprocess.run(  # noqa: S603 - what our own documents say
        command,
        input=script,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.fixture
def folder(stack: LocalStack, tmp_path: Path) -> Path:
    """A folder in which `make run` might be at work."""
    write(stack, tmp_path / ".local" / "stack.json")
    return tmp_path


def test__api_guide__in_the_shell(folder: Path) -> None:
    shown = texts(GUIDE, "sh")
    script = "".join(
        f"{text}\necho; echo == done {n} $SECONDS\n" for n, text in enumerate(shown, 1)
    )
    output = run(["bash", "-s"], PRELUDE + script, folder)

    done = re.findall(r"^== done (\d+) (\d+)$", output, re.MULTILINE)
    print(f"{len(shown)} blocks of docs/api.md in the shell, done after {done} s")
    assert [number for number, _ in done] == [str(number) for number in range(1, len(shown) + 1)]
    assert len(re.findall(r"[0-9a-f-]{36}: SUCCESS$", output, re.MULTILINE)) == 4
    assert '"CONNECTOR_DEPLOY_SUCCESS"' in output


def test__api_guide__in_python(stack: LocalStack, folder: Path) -> None:
    settings = {"API": stack.api_url, "TOKEN": stack.tokens["submit"], "NO_PROXY": "*"}
    output = run([sys.executable, "-"], "\n".join(texts(GUIDE, "python")), folder, **settings)

    assert "CONNECTOR_DEPLOY_SUCCESS" in output
    assert "/payload/app_id" in output


def test__readme__the_first_request(folder: Path) -> None:
    output = run(["bash", "-s"], PRELUDE + "\n".join(texts(FIRST_REQUEST, "sh")), folder)

    assert "HTTP/1.1 202" in output
    assert '"status": "accepted"' in output


@pytest.mark.parametrize("page", [GUIDE, FIRST_REQUEST], ids=["docs/api.md", "README.md"])
def test__blocks__none_escapes(page: str) -> None:
    assert len(blocks(page)) == len(FENCES.findall(page)) > 0
