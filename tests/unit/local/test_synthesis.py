"""When the assembly is made anew, and what happens if it cannot be made."""

import subprocess
import threading
from pathlib import Path

import pytest

from infra.local import stack, synthesis
from infra.local.errors import LocalStackError
from infra.local.progress import quiet


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("infra/app.py", "functions/api/handler.py", "cdk.json", "infra/local/ports.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test__digest__same_inputs__same(checkout: Path) -> None:
    before = synthesis.digest(checkout, "local")
    (checkout / "functions/api/__pycache__").mkdir()
    (checkout / "functions/api/__pycache__/handler.pyc").write_text("junk")
    (checkout / "infra/local/ports.py").write_text("this package is no input")
    (checkout / "README.md").write_text("nor is this")

    assert synthesis.digest(checkout, "local") == before


@pytest.mark.parametrize("name", ["cdk.json", "functions/api/handler.py", "infra/new.py"])
def test__digest__an_input_changes__differs(checkout: Path, name: str) -> None:
    before = synthesis.digest(checkout, "local")
    (checkout / name).write_text("changed")

    assert synthesis.digest(checkout, "local") != before


def test__digest__another_stage__differs(checkout: Path) -> None:
    assert synthesis.digest(checkout, "local") != synthesis.digest(checkout, "chaos")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> list[str]:
    """What was made, instead of making it."""
    calls: list[str] = []

    def synthesize(folder: Path, stage: str) -> None:
        calls.append("template")
        (folder / "cdk.out").mkdir(exist_ok=True)
        (folder / "cdk.out" / "manifest.json").write_text("{}")

    (checkout / "runtime").mkdir()
    monkeypatch.setattr(synthesis, "ROOT", checkout)
    monkeypatch.setattr(synthesis, "RUNTIME", checkout / "runtime")
    monkeypatch.setattr(synthesis, "stage_layers", lambda: calls.append("layers"))
    monkeypatch.setattr(synthesis, "synthesize", synthesize)
    return calls


def test__second_start__makes_nothing(tmp_path: Path, made: list[str]) -> None:
    stack.prepare(tmp_path / "state", quiet())
    stack.prepare(tmp_path / "state", quiet())

    assert made == ["layers", "template"]


def test__input_changed__made_again(tmp_path: Path, checkout: Path, made: list[str]) -> None:
    stack.prepare(tmp_path / "state", quiet())
    (checkout / "cdk.json").write_text("changed")
    stack.prepare(tmp_path / "state", quiet())

    assert made == ["layers", "template"] * 2


def test__runtime_removed__made_again(tmp_path: Path, checkout: Path, made: list[str]) -> None:
    stack.prepare(tmp_path / "state", quiet())
    (checkout / "runtime").rmdir()
    stack.prepare(tmp_path / "state", quiet())

    assert made == ["layers", "template"] * 2


def test__two_starts_at_once__one_waits(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with synthesis.exclusive(tmp_path):
            entered.set()

    waiting = threading.Thread(target=second)
    with synthesis.exclusive(tmp_path):
        waiting.start()
        assert not entered.wait(0.1)
    assert entered.wait(5)
    waiting.join(5)


def test__app_fails__its_own_words_are_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(*_: object, **__: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], 1, stdout="no stage 'local' in the context")

    monkeypatch.setattr(subprocess, "run", run)

    with pytest.raises(LocalStackError, match=r"infra\.app.*failed:\n.*no stage 'local'"):
        synthesis.synthesize(tmp_path, "local")


def test__app_hangs__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> "subprocess.CompletedProcess[str]":
        raise subprocess.TimeoutExpired([], 300)

    monkeypatch.setattr(subprocess, "run", run)

    with pytest.raises(LocalStackError, match=r"infra\.layers --host.*over 300 s"):
        synthesis.stage_layers()
