"""The end of the pipe is the end of the launcher."""

import importlib
import os
import runpy
import signal
import socketserver
import sys
import threading
from typing import Any

import pytest

from infra.local import launcher


def test__starter_gone__acts() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"whatever is written is no end")
    os.close(theirs)
    calls: list[str] = []

    launcher.await_end_of(ours, lambda: calls.append("killed"))

    os.close(ours)
    assert calls == ["killed"]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(os, "killpg", lambda group, number: calls.append((group, number)))
    monkeypatch.setattr(os, "_exit", calls.append)
    return calls


def test__leads_its_group__kills_all_of_it(
    monkeypatch: pytest.MonkeyPatch, killed: list[Any]
) -> None:
    monkeypatch.setattr(os, "getpgrp", os.getpid)

    launcher.kill_own_group()

    assert killed == [(os.getpid(), signal.SIGKILL), 1]


def test__somebody_elses_group__ends_alone(
    monkeypatch: pytest.MonkeyPatch, killed: list[Any]
) -> None:
    monkeypatch.setattr(os, "getpgrp", lambda: os.getpid() + 1)

    launcher.kill_own_group()

    assert killed == [1]


class App:
    """As much of MiniStack's application as is put right."""

    def __init__(self) -> None:
        self.saved: list[dict[str, Any]] = []

    def save_all(self, services: dict[str, Any]) -> None:
        self.saved.append(services)


def test__asked_to_end__saves_its_state_and_then_ends() -> None:
    app = App()
    states_when_ended: list[int] = []
    launcher.end_once_saved(app, lambda: states_when_ended.append(len(app.saved)))

    app.save_all({"dynamodb": "state"})

    assert app.saved == [{"dynamodb": "state"}]
    assert states_when_ended == [1]


class CloudWatch:
    """As much of MiniStack's as is put right."""

    def __init__(self) -> None:
        self._metrics = {
            ("Breakwater", "CircuitState", f"target={name}"): [points]
            for name, points in (("jira", 2), ("intune", 0))
        }
        self.seen: list[Any] = []
        self._evaluate_alarm = self._evaluate

    def _evaluate(self, alarm: dict[str, Any]) -> None:
        self.seen.append(list(self._metrics.values()))
        if alarm.get("broken"):
            raise ValueError("no threshold")

    def _dims_from_list(self, dimensions: list[dict[str, str]]) -> dict[str, str]:
        return {each["Name"]: each["Value"] for each in dimensions}

    def _dims_key(self, dimensions: dict[str, str]) -> str:
        return "|".join(f"{name}={value}" for name, value in sorted(dimensions.items()))


def test__alarm__sees_the_metric_of_its_own_dimensions_only() -> None:
    cloudwatch = CloudWatch()
    launcher.narrow_alarms(cloudwatch)

    for name in ("intune", "jira", "jamf"):
        cloudwatch._evaluate_alarm({"Dimensions": [{"Name": "target", "Value": name}]})

    assert cloudwatch.seen == [[[0]], [[2]], []]
    assert len(cloudwatch._metrics) == 2


def test__alarm__that_cannot_be_evaluated__loses_no_metric() -> None:
    cloudwatch = CloudWatch()
    launcher.narrow_alarms(cloudwatch)

    with pytest.raises(ValueError, match="no threshold"):
        cloudwatch._evaluate_alarm({"Dimensions": [], "broken": True})

    assert len(cloudwatch._metrics) == 2


class Functions:
    """As much of MiniStack's Lambda as is put right."""

    def _throttle_response(self, reason_code: str, *, msg: str) -> dict[str, Any]:
        return {"throttle": True, "body": {"Reason": reason_code, "message": msg}}


def test__throttled__has_the_name_that_workflows_know() -> None:
    functions = Functions()
    launcher.name_throttles(functions)

    response = functions._throttle_response("ReservedFunction", msg="Rate Exceeded")

    assert response["throttle"]
    assert response["body"] == {
        "Reason": "ReservedFunction",
        "message": "Rate Exceeded",
        "errorType": "Lambda.TooManyRequestsException",
    }


def test__main__runs_ministack_without_nagle_and_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []
    cloudwatch = CloudWatch()
    app = App()
    save_all = app.save_all
    functions = Functions()
    services = {
        "ministack.services.cloudwatch": cloudwatch,
        "ministack.services.lambda_svc": functions,
        "ministack.app": app,
    }
    killed = threading.Event()
    reading, writing = os.pipe()

    def run(name: str, **_: str) -> None:
        ran.extend([name, *sys.argv])
        os.close(writing)
        assert killed.wait(5)

    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "argv", ["something", "else"])
        monkeypatch.setattr(socketserver.StreamRequestHandler, "disable_nagle_algorithm", False)
        monkeypatch.setattr(runpy, "run_module", run)
        monkeypatch.setattr(launcher, "kill_own_group", killed.set)
        monkeypatch.setattr(importlib, "import_module", services.__getitem__)

        launcher.main()

    assert ran == ["ministack", "ministack"]
    assert cloudwatch._evaluate_alarm != cloudwatch._evaluate
    assert app.save_all != save_all
    assert socketserver.StreamRequestHandler.disable_nagle_algorithm
