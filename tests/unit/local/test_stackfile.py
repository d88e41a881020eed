"""stack.json: what it says, who may read it, and whose it is."""

import json
import os
from pathlib import Path

import pytest

from infra.local.stack import LocalStack
from infra.local.stackfile import published

DEAD = 2**22 + 1
"""Above every system's highest process id."""


def test__running__says_where_and_who(tmp_path: Path, stack: LocalStack) -> None:
    with published(stack, tmp_path) as path:
        said = json.loads(path.read_text())

        assert path == tmp_path / "stack.json"
        assert path.stat().st_mode & 0o777 == 0o600
    assert said["pid"] == os.getpid()
    assert said["api_url"] == stack.api_url
    assert said["aws_endpoint_url"] == "http://127.0.0.1:4566"
    assert set(said["tokens"]) == {"submit", "operate", "none"}
    assert said["standins"] == {"intune": "http://127.0.0.1:1/intune"}
    assert said["control_url"] == stack.control_url
    assert said["outputs"] == stack.outputs


def test__ended__nothing_is_left(tmp_path: Path, stack: LocalStack) -> None:
    with pytest.raises(ZeroDivisionError), published(stack, tmp_path / "state"):
        raise ZeroDivisionError

    assert list((tmp_path / "state").iterdir()) == []


def test__another_stack_runs__file_of_its_own(tmp_path: Path, stack: LocalStack) -> None:
    theirs = json.dumps({"pid": os.getpid()})
    (tmp_path / "stack.json").write_text(theirs)

    with published(stack, tmp_path) as path:
        assert path == tmp_path / "stack-4566.json"

    assert (tmp_path / "stack.json").read_text() == theirs
    assert not path.exists()


@pytest.mark.parametrize("left", [json.dumps({"pid": DEAD}), "{}", "[]", "half a docu"])
def test__left_by_one_that_was_killed__replaced(
    tmp_path: Path, stack: LocalStack, left: str
) -> None:
    (tmp_path / "stack.json").write_text(left)
    (tmp_path / "stack-5000.json").write_text(left)

    with published(stack, tmp_path) as path:
        assert path == tmp_path / "stack.json"
        assert not (tmp_path / "stack-5000.json").exists()
