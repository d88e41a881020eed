"""Metrics in CloudWatch's embedded format: a line of JSON on standard output, nothing else.

One namespace and one dimension, the service that is called, so that an alarm needs only its name.
"""

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from breakwater.resilience.circuit import Circuit, State

NAMESPACE = "Breakwater"
DIMENSION = "target"

STATE = "CircuitState"
TRANSITIONS = "CircuitTransitions"
FAILURES = "CircuitFailures"
REJECTIONS = "CircuitRejections"
PROBES = "CircuitProbes"
SLOW_CALLS = "CircuitSlowCalls"

_LEVELS = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


def gauge(circuit: Circuit) -> None:
    """Publish a circuit's state."""
    publish(circuit.service, {STATE: level(circuit)})


def level(circuit: Circuit) -> int:
    """Return a state as a number: 0 closed, 1 half-open, 2 open; forced ones as they are forced."""
    if circuit.override_mode is None:
        return _LEVELS[circuit.state]
    return _LEVELS[State.OPEN if circuit.is_open else State.CLOSED]


def publish(service: str, values: Mapping[str, int]) -> None:
    """Write a service's metrics in one line."""
    # Without a service of its own: it would be a second dimension.
    metrics = EphemeralMetrics(namespace=NAMESPACE, service="")
    metrics.add_dimension(DIMENSION, service)
    for name, value in values.items():
        metrics.add_metric(name, MetricUnit.NoUnit if name == STATE else MetricUnit.Count, value)
    metrics.flush_metrics()
