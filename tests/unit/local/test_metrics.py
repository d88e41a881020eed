"""What is read from the log, and that each value is put once."""

import json
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from infra.local import metrics
from infra.local.aws import Aws
from infra.local.metrics import Pump, metrics_of, pumping

GROUP = "functions/upkeep"
NOW = 1_000_000.0


def line(target: str = "jira", value: Any = 2, **heading: Any) -> str:
    directive = {
        "Namespace": "Breakwater",
        "Dimensions": [["target"]],
        "Metrics": [{"Name": "CircuitState", "Unit": "Count"}],
        **heading,
    }
    return json.dumps(
        {
            "_aws": {"Timestamp": 5_000, "CloudWatchMetrics": [directive]},
            "target": target,
            "CircuitState": value,
        }
    )


class Account:
    """Logs and metrics, as much of them as the pump uses."""

    def __init__(self) -> None:
        self.logs = self.metrics = self
        self.lines: list[dict[str, Any]] = []
        self.put: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[int] = []
        self.fails = False

    def log(self, message: str, *, at: float = NOW, stream: str = "s") -> None:
        self.lines.append(
            {"logStreamName": stream, "timestamp": int(at * 1000), "message": message}
        )

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        assert request["logGroupName"] == GROUP
        self.asked.append(request["startTime"])
        found = [
            each
            for each in self.lines
            if each["timestamp"] >= request["startTime"]
            and request["filterPattern"] in each["message"]
        ]
        return {"events": found}

    def put_metric_data(self, **request: Any) -> None:
        if self.fails:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
        self.put += [(request["Namespace"], datum) for datum in request["MetricData"]]


@pytest.fixture
def account() -> Account:
    return Account()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pump(account: Account, clock: Callable[[], float]) -> Pump:
    return Pump(cast("Aws", account), [GROUP], clock)


def test__metric__name_value_time_and_dimension_are_the_lines() -> None:
    [(namespace, datum)] = metrics_of(line())

    assert namespace == "Breakwater"
    assert datum == {
        "MetricName": "CircuitState",
        "Unit": "Count",
        "Timestamp": 5.0,
        "Values": [2.0],
        "Dimensions": [{"Name": "target", "Value": "jira"}],
    }


def test__metric__of_many_values__has_them_all() -> None:
    [(_, datum)] = metrics_of(line(value=[1, 2]))

    assert datum["Values"] == [1.0, 2.0]


def test__metric__under_two_sets_of_dimensions__is_two() -> None:
    found = metrics_of(line(Dimensions=[["target"], []]))

    assert [len(datum["Dimensions"]) for _, datum in found] == [1, 0]


@pytest.mark.parametrize(
    "message",
    [
        "CloudWatchMetrics",
        "[1]",
        '{"_aws": 1}',
        '{"_aws": {"CloudWatchMetrics": 1}}',
        line(value="many"),
        line(Metrics=[{"Name": "Absent"}]),
        line(Dimensions=[["absent"]]),
    ],
)
def test__line__that_is_no_metric__is_left_alone(message: str) -> None:
    assert metrics_of(message) == []


def test__run__again__puts_nothing_twice(account: Account, pump: Pump) -> None:
    account.log(line())
    pump.run()
    pump.run()
    account.log(line("intune"))
    pump.run()

    assert [datum["Dimensions"][0]["Value"] for _, datum in account.put] == ["jira", "intune"]


def test__lines__that_are_alike__are_all_counted(account: Account, pump: Pump) -> None:
    account.log(line())
    account.log(line())
    pump.run()
    account.log(line())
    pump.run()

    assert len(account.put) == 3


def test__line__that_is_found_late__is_put(account: Account, pump: Pump, clock: Clock) -> None:
    pump.run()
    clock.now += 5
    account.log(line(), at=NOW - 2)
    pump.run()

    assert len(account.put) == 1


def test__run__reads_on_from_where_it_was(account: Account, pump: Pump, clock: Clock) -> None:
    pump.run()
    clock.now += 60
    pump.run()
    pump.run()

    assert account.asked == [0, (NOW - 10) * 1000, (NOW + 50) * 1000]


def test__run__that_fails__is_made_up_for(account: Account, pump: Pump, clock: Clock) -> None:
    account.log(line())
    account.fails = True
    with pytest.raises(EndpointConnectionError):
        pump.run()
    account.fails = False
    clock.now += 60
    pump.run()

    assert len(account.put) == 1


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Count rounds of a pump whose every other one fails."""
    ran = threading.Semaphore(0)
    count = iter(range(1_000_000))

    def run(_: Pump) -> None:
        ran.release()
        if next(count) % 2 == 0:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    monkeypatch.setattr(metrics.Pump, "run", run)
    return ran


def test__pumping__survives_failures__and_ends_with_the_body(
    account: Account, rounds: threading.Semaphore
) -> None:
    with pumping(cast("Aws", account), [GROUP], period=0) as thread:
        for _ in range(4):
            assert rounds.acquire(timeout=5)

    assert not thread.is_alive()
