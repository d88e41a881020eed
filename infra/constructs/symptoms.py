"""Alarms of what clients and vendors feel: slow or failing answers, and circuits that stay open.

The circuits' own alarms and those of the tasks are in `alarms`; these are what neither sees. Each
is a plain metric, so that it rings on the local stack too.
"""

from collections.abc import Iterator, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from breakwater.adapters import metrics
from infra.constructs.meter import Meter, Rule, alarm

RUNBOOK = "service-level.md"

SLOW_ACCEPT_MS = 2_000
SLOW_VENDOR_MS = 15_000
"""Half of what a call may take."""
FAILING_VENDOR = 0.2
"""The share of calls. An outage opens the circuit; this is a vendor that limps, and never does."""
LONG_OPEN_HOURS = 2
"""The recovery time that the platform's operating model allows with assistance."""


class Symptoms(Construct):
    """An alarm for each symptom, and for each of `services` where it is a vendor's."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        meter: Meter,
        services: Sequence[str],
        api_id: str,
        topic: sns.ITopic,
        runbooks: str,
    ) -> None:
        super().__init__(scope, id_)
        runbook = f"{runbooks}/{RUNBOOK}"
        rules = [*_accepting(meter, api_id, runbook)]
        for service in services:
            rules += _vendor(meter, service, runbook)
        for rule in rules:
            alarm(self, rule, topic=topic)


def _accepting(meter: Meter, api_id: str, runbook: str) -> Iterator[Rule]:
    yield Rule(
        name="accept-latency",
        metric=meter.metric(metrics.ACCEPT_LATENCY, metrics.EVERYTHING, "p99", minutes=5),
        above=SLOW_ACCEPT_MS,
        of=3,
        what=f"One in a hundred requests waits over {SLOW_ACCEPT_MS / 1000:g} s for its 202",
        runbook=f"{runbook}#accept-latency",
    )
    yield Rule(
        name="accept-errors",
        metric=meter.metric(metrics.ACCEPT_FAULTS, metrics.EVERYTHING, "Sum", minutes=5),
        above=5,
        of=1,
        what="Requests are answered 5xx, or too late to be of use",
        runbook=f"{runbook}#accept-errors",
    )
    yield Rule(
        name="gateway-errors",
        # What dies before it can say so is only seen by the gateway.
        metric=cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5xx",
            dimensions_map={"ApiId": api_id},
            statistic="Sum",
            period=Duration.minutes(5),
        ),
        above=5,
        of=1,
        what="The gateway answers 5xx: the API's function fails, times out or is throttled",
        runbook=f"{runbook}#accept-errors",
    )


def _vendor(meter: Meter, service: str, runbook: str) -> Iterator[Rule]:
    target = {metrics.TARGET: service}
    yield Rule(
        name=f"vendor-{service}-latency",
        metric=meter.metric(metrics.VENDOR_LATENCY, target, "p90", minutes=5),
        above=SLOW_VENDOR_MS,
        of=3,
        what=f"One in ten calls to {service} takes over {SLOW_VENDOR_MS / 1000:g} s",
        runbook=f"{runbook}#vendor-latency",
    )
    yield Rule(
        name=f"vendor-{service}-errors",
        metric=meter.metric(metrics.VENDOR_FAULTS, target, "Average", minutes=5),
        above=FAILING_VENDOR,
        of=3,
        what=f"Over {FAILING_VENDOR:.0%} of the calls to {service} fail or are not answered",
        runbook=f"{runbook}#vendor-errors",
    )
    yield Rule(
        name=f"recovery-{service}",
        metric=meter.metric(metrics.CIRCUIT_STATE, target, "Minimum", minutes=60),
        above=0,
        of=LONG_OPEN_HOURS,
        what=f"The circuit of {service} has not been closed for {LONG_OPEN_HOURS} hours",
        runbook=f"{runbook}#recovery",
    )
