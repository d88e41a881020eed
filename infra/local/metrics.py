"""Turns the metrics that functions log into metrics: AWS does it by itself, the emulator does not.

A function logs them in CloudWatch's embedded metric format: a JSON line whose `_aws` says which of
its members are values and which are dimensions. The emulator evaluates alarms whenever a metric is
put, and at no other time, so that this is also what makes alarms ring.
"""

import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.assembly import Assembly
from infra.local.aws import Aws
from infra.local.deployment import Deployment

PERIOD_SECONDS = 1.0

_OVERLAP_SECONDS = 10.0
"""A line is found a moment after the time that it bears: what is this old has been found."""
_AT_ONCE = 1000
"""So many values are taken by one PutMetricData."""
_STOP_SECONDS = 5.0

Line = tuple[str, int, str]
"""A log stream's name, when the line was logged, and the line."""


class Pump:
    """Reads each log group from where it stopped and puts every value once."""

    def __init__(self, aws: Aws, groups: Sequence[str], now: Callable[[], float]) -> None:
        self._aws, self._groups, self._now = aws, groups, now
        self._since = 0.0
        # Lines may be alike: they are told apart by how many there are.
        self._seen: dict[str, Counter[Line]] = {group: Counter() for group in groups}

    def run(self) -> None:
        """Put what has been logged since the last run. Raises what boto3 does; then run again."""
        began = self._now()
        for group in self._groups:
            found = Counter(self._lines(group))
            self._put(message for _, _, message in (found - self._seen[group]).elements())
            self._seen[group] = found
        self._since = max(0.0, began - _OVERLAP_SECONDS)

    def _lines(self, group: str) -> Iterator[Line]:
        events = self._aws.logs.filter_log_events(
            logGroupName=group,
            startTime=int(self._since * 1000),
            filterPattern="CloudWatchMetrics",
        )["events"]
        for event in events:
            yield event["logStreamName"], event["timestamp"], event["message"]

    def _put(self, messages: Iterable[str]) -> None:
        by_namespace = defaultdict(list)
        for message in messages:
            for namespace, datum in metrics_of(message):
                by_namespace[namespace].append(datum)
        for namespace, data in by_namespace.items():
            for start in range(0, len(data), _AT_ONCE):
                self._aws.metrics.put_metric_data(
                    Namespace=namespace, MetricData=data[start : start + _AT_ONCE]
                )


def metrics_of(message: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (namespace, datum) for each metric of a line, none if it is no such line."""
    try:
        line = json.loads(message)
        return list(_metrics(line, line["_aws"]))
    except (ValueError, TypeError, KeyError):
        # CloudWatch leaves a line that it cannot read a line.
        return []


def log_groups(assembly: Assembly, deployment: Deployment) -> list[str]:
    """Return the names of the functions' own log groups."""
    return [
        deployment.physical_ids[function["LoggingConfig"]["LogGroup"]["Ref"]]
        for _, function in assembly.of_type("AWS::Lambda::Function")
    ]


@contextmanager
def pumping(
    aws: Aws, groups: Sequence[str], *, period: float = PERIOD_SECONDS
) -> Iterator[threading.Thread]:
    """Pump once a period while the body runs, and not afterwards."""
    pump, ended = Pump(aws, groups, time.time), threading.Event()
    thread = threading.Thread(target=_run, args=(pump, ended, period), name="metrics", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        # An emulator that hangs must not keep us: it is killed next, and the thread ends with it.
        thread.join(_STOP_SECONDS)


def _run(pump: Pump, ended: threading.Event, period: float) -> None:
    while not ended.wait(period):
        try:
            pump.run()
        except (BotoCoreError, ClientError):
            # Whether the emulator has died is seen and said elsewhere; otherwise it passes.
            continue


def _metrics(line: Any, heading: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for directive in heading["CloudWatchMetrics"]:
        for names in directive["Dimensions"] or [[]]:
            dimensions = [{"Name": name, "Value": str(line[name])} for name in names]
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                yield (
                    directive["Namespace"],
                    {
                        "MetricName": metric["Name"],
                        "Unit": metric.get("Unit", "None"),
                        "Timestamp": heading["Timestamp"] / 1000,
                        "Values": [float(each) for each in _listed(value)],
                        "Dimensions": dimensions,
                    },
                )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
