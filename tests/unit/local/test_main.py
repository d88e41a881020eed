"""The command: its exit codes, and what it says when something is wrong."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local import __main__ as command
from infra.local import scenario, seed, stackfile
from infra.local import stack as stack_module
from infra.local.cases import Case
from infra.local.client import Run
from infra.local.errors import LocalStackError
from infra.local.outage import Outage, Seen
from infra.local.scenario import Result
from infra.local.stack import LocalStack

GOOD = Result(
    Case("intune", "a case", {}, "SUCCESS"), Run("task-1", ("SUCCESS",), {"status": "SUCCESS"}, 1.0)
)
RIGHT = Seen("its breaker opens", "open", "open", ok=True)
BAD = Result(Case("intune", "a case", {}, "SUCCESS"), refusal="503")


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


Runs = Callable[[LocalStack | Exception], None]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """Let the command run a stack that is only said to run, or that fails to start."""
    monkeypatch.setattr(stack_module, "STATE", tmp_path)
    monkeypatch.delenv("ONCE", raising=False)

    def use(outcome: LocalStack | Exception) -> None:
        @contextmanager
        def start(*_: object, **__: object) -> Iterator[LocalStack]:
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome

        monkeypatch.setattr(stack_module, "local_stack", start)

    return use


@pytest.mark.parametrize(
    ("job", "outage", "status"),
    [
        pytest.param([GOOD], [RIGHT], 0, id="all went well"),
        pytest.param([GOOD, BAD], [RIGHT], 1, id="something did not"),
        pytest.param([GOOD], [RIGHT, replace(RIGHT, ok=False)], 1, id="the outage went wrong"),
    ],
)
def test__once__is_0_where_all_went_well(
    monkeypatch: pytest.MonkeyPatch,
    runs: Runs,
    stack: LocalStack,
    job: list[Result],
    outage: list[Seen],
    status: int,
) -> None:
    runs(stack)
    monkeypatch.setenv("ONCE", "1")
    monkeypatch.setattr(scenario, "run", lambda _: job)
    monkeypatch.setattr(Outage, "run", lambda _: outage)

    assert command.main() == status


@pytest.mark.parametrize("once", ["", "0"])
def test__emulator_dies__says_so_and_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    runs: Runs,
    dying_stack: LocalStack,
    once: str,
) -> None:
    runs(dying_stack)
    monkeypatch.setenv("ONCE", once)
    monkeypatch.setattr(time, "sleep", lambda _: None)

    assert command.main() == 1

    said = capsys.readouterr().out
    assert "The AWS emulator has died" in said
    assert "the last words" in said


def test__tokens_get_old__renewed_in_the_file(
    monkeypatch: pytest.MonkeyPatch, runs: Runs, dying_stack: LocalStack, tmp_path: Path
) -> None:
    written: list[str] = []

    def note(stack: LocalStack, _: Path) -> None:
        written.append(stack.tokens["submit"])

    runs(dying_stack)
    monkeypatch.setattr(command, "_RENEW_SECONDS", 0)
    monkeypatch.setattr(command, "_GLANCE_SECONDS", 0)
    monkeypatch.setattr(stackfile, "write", note)
    monkeypatch.setattr(seed.Users, "tokens", lambda *_: {"submit": "a fresh one"})

    command.main()

    assert written[-1] == "a fresh one"
    assert dying_stack.emulator.folder.parent == tmp_path


def test__ctrl_c_while_it_is_up__0(
    monkeypatch: pytest.MonkeyPatch, runs: Runs, stack: LocalStack
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    runs(stack)
    monkeypatch.setattr(time, "sleep", interrupt)

    assert command.main() == 0


def test__ctrl_c_during_the_main_job__130(
    monkeypatch: pytest.MonkeyPatch, runs: Runs, stack: LocalStack
) -> None:
    def interrupt(_: LocalStack) -> list[Result]:
        raise KeyboardInterrupt

    runs(stack)
    monkeypatch.setenv("ONCE", "1")
    monkeypatch.setattr(scenario, "run", interrupt)

    assert command.main() == 130


@pytest.mark.parametrize(
    "failure",
    [LocalStackError("Port 1 is taken"), EndpointConnectionError(endpoint_url="Port 1 is taken")],
)
def test__cannot_start__a_sentence_and_1(
    capsys: pytest.CaptureFixture[str], runs: Runs, failure: Exception
) -> None:
    runs(failure)

    assert command.main() == 1

    captured = capsys.readouterr()
    assert "Port 1 is taken" in captured.out
    assert "Traceback" not in captured.out + captured.err


def test__something_is_missing__a_sentence_and_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "unmet", lambda: "Run `make setup`.")

    assert command.main() == 1
    assert capsys.readouterr().err == "Cannot run: Run `make setup`.\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test__signal__unwinds(
    monkeypatch: pytest.MonkeyPatch, runs: Runs, stack: LocalStack, number: signal.Signals
) -> None:
    runs(stack)
    signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(time, "sleep", lambda _: os.kill(os.getpid(), number))

    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 128 + number


def test__under_nohup__hang_up_stays_ignored(runs: Runs, dying_stack: LocalStack) -> None:
    runs(dying_stack)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    command.main()

    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
