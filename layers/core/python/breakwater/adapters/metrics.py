"""Metrics in CloudWatch's embedded format: a line of JSON on standard output, nothing else.

The namespace is the stage's own, from the environment variable that powertools reads by itself, so
that stages in one account do not share a circuit's alarm. Dimensions are few, because each
combination of their values is a metric that is paid for; the invocation's keys (whose task, which
attempt) are on the same line as fields, where Logs Insights finds them.
"""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from breakwater.adapters.logs import bound
from breakwater.resilience.circuit import Circuit, State

NAMESPACE = "Breakwater"
"""What each stage's namespace begins with; infra adds the stage."""

TARGET = "target"
"""The dimension for the service that is called."""
KIND = "kind"
STATUS = "status"
OUTCOME = "outcome"
EVERYTHING = {"application": "breakwater"}
"""The dimensions of what is measured for the stage as a whole."""

CIRCUIT_STATE = "CircuitState"
"""0 closed, 1 half-open, 2 open."""
CIRCUIT_TRANSITIONS = "CircuitTransitions"
CIRCUIT_FAILURES = "CircuitFailures"
CIRCUIT_REJECTIONS = "CircuitRejections"
CIRCUIT_PROBES = "CircuitProbes"
CIRCUIT_SLOW_CALLS = "CircuitSlowCalls"
CIRCUIT_OPEN_TIME = "CircuitOpenTime"
"""How long a circuit was not closed, when it closes: its average is the mean time to recovery."""

TASKS_ACCEPTED = "TasksAccepted"
TASKS_ENDED = "TasksEnded"
TASK_RETRIES = "TaskRetries"
TASK_AGE = "TaskAge"
"""From a task's acceptance to its end."""
TASK_FAULTS = "TaskFaults"
"""For each end 1 if the fault was ours and 0 otherwise: its average is the share of faults."""

TASKS_DUE = "TasksDue"
"""How many tasks a sweep has found due; this and the following are of one sweep."""
TASKS_LEFT = "TasksLeft"
"""How many of them it had no time for."""
TASK_REPAIRS = "TaskRepairs"
"""How many it has mended: started, ended with their executions, or ended at their deadlines."""
TASKS_NOT_STARTED = "TasksNotStarted"
"""How many the engine refuses to start."""
TASKS_FAULTY = "TasksFaulty"
"""How many could not be looked at: not read, or nothing could be done about them."""
OLDEST_TASK = "OldestTask"
"""The age of the oldest unfinished one."""
TASK_OVERDUE = "TaskOverdue"
"""How far past its deadline the latest was still unfinished, of those that could be read."""

ACCEPT_LATENCY = "AcceptLatency"
ACCEPT_FAULTS = "AcceptFaults"
"""For each request to do something 1 if it got a 5xx or waited too long, and 0 otherwise."""

VENDOR_LATENCY = "VendorLatency"
VENDOR_FAULTS = "VendorFaults"
"""For each request to a vendor 1 if the vendor did not answer it or had a fault, 0 otherwise."""

UNITS = {
    CIRCUIT_STATE: MetricUnit.NoUnit,
    CIRCUIT_OPEN_TIME: MetricUnit.Seconds,
    TASK_AGE: MetricUnit.Seconds,
    OLDEST_TASK: MetricUnit.Seconds,
    TASK_OVERDUE: MetricUnit.Seconds,
    ACCEPT_LATENCY: MetricUnit.Milliseconds,
    VENDOR_LATENCY: MetricUnit.Milliseconds,
}
"""The units of those that are not counts."""

MOST_VALUES = 99
"""What a line takes of one metric: powertools sends by itself what holds a hundred."""

_printing = Lock()
"""A line is printed in two pieces, and a sweep has several threads."""
_LEVELS = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
MOST_OPEN = max(_LEVELS.values())
"""The highest that a circuit's state is as a number."""

Values = Mapping[str, float | Sequence[float]]


def gauge(circuit: Circuit) -> None:
    """Publish a circuit's state."""
    publish({CIRCUIT_STATE: level(circuit)}, {TARGET: circuit.service})


def level(circuit: Circuit) -> int:
    """Return a state as a number: 0 closed, 1 half-open, 2 open; forced ones as they are forced."""
    if circuit.override_mode is None:
        return _LEVELS[circuit.state]
    return _LEVELS[State.OPEN if circuit.is_open else State.CLOSED]


def publish(values: Values, *dimensions: Mapping[str, str], **fields: Any) -> None:
    """Write metrics, each value under each of the sets of `dimensions`, with `fields` beside them.

    A line for all of it, or several where a metric has more values than a line takes.
    """
    named = {name for each in dimensions for name in each}
    for chunk in _chunks(values):
        # Without a service of its own: it would be one more dimension.
        metrics = EphemeralMetrics(service="")
        first, *others = dimensions
        for dimension, its in first.items():
            metrics.add_dimension(dimension, its)
        for other in others:
            metrics.add_dimensions(**other)
        for field, known in {**bound(), **fields}.items():
            # What is bound is of who works, a dimension of what is counted: a name stands once.
            if known is not None and field not in named:
                metrics.add_metadata(field, known)
        for name, measured in chunk.items():
            for value in measured:
                metrics.add_metric(name, UNITS.get(name, MetricUnit.Count), value)
        with _printing:
            metrics.flush_metrics()


def _chunks(values: Values) -> Iterator[Mapping[str, Sequence[float]]]:
    lists = {
        name: value if isinstance(value, Sequence) else [value] for name, value in values.items()
    }
    for start in range(0, max(map(len, lists.values())), MOST_VALUES):
        cut = {name: value[start : start + MOST_VALUES] for name, value in lists.items()}
        yield {name: value for name, value in cut.items() if value}
