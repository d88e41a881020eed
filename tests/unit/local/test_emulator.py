"""What the emulator's process is given, and what happens when it does not come up."""

import os
from pathlib import Path

import httpx
import pytest

from infra.local import stack as stack_module
from infra.local.emulator import environment
from infra.local.errors import LocalStackError
from infra.local.stack import LocalStack


def test__environment__holds_nothing_of_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONPATH", "HTTP_PROXY", "SECRET_OF_MINE"):
        monkeypatch.setenv(name, "from the user")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from the user")

    given = environment(4570, tmp_path)

    assert "from the user" not in given.values()
    assert given["BIND_HOST"] == "127.0.0.1"
    assert given["GATEWAY_PORT"] == "4570"
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4570"
    assert {given[name] for name in ("HOME", "TMPDIR")} == {str(tmp_path)}


def test__environment__state_is_kept_only_where_it_is_wanted(tmp_path: Path) -> None:
    assert environment(4570, tmp_path)["PERSIST_STATE"] == "0"
    assert int(environment(4570, tmp_path)["LAMBDA_ACCOUNT_CONCURRENCY"]) >= 16
    assert environment(4570, tmp_path, persist=True)["PERSIST_STATE"] == "1"


@pytest.fixture
def _nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    monkeypatch.setattr(httpx.Client, "get", refuse)


@pytest.mark.usefixtures("_nobody_answers")
def test__ends_at_once__shows_its_last_words(dying_stack: LocalStack) -> None:
    with pytest.raises(LocalStackError, match=r"ended at once:\nthe last words"):
        dying_stack.emulator.await_ready(5)


@pytest.mark.usefixtures("_nobody_answers")
def test__stays_silent__shows_its_last_words(stack: LocalStack) -> None:
    with pytest.raises(LocalStackError, match=r"silent after 0 s:\nthe last words"):
        stack.emulator.await_ready(0.1)


def test__folders_of_killed_runs__are_swept(tmp_path: Path) -> None:
    mine, dead = tmp_path / f"run-{os.getpid()}-1", tmp_path / f"run-{2**22 + 1}-1"
    for folder in (mine, dead):
        folder.mkdir()

    stack_module._sweep(tmp_path)

    assert mine.exists()
    assert not dead.exists()
