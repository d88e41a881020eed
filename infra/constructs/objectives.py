"""The service-level objective, 99.5 %, and how fast its error budget burns.

Two indicators, each the plain average of a metric that is 0 or 1: requests that are not taken, and
tasks that end by our fault. For each, three pairs of windows (the SRE workbook's multi-window,
multi-burn-rate alerts): the long one says that it matters, the short one that it still happens.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from breakwater.adapters import metrics
from infra.constructs.meter import Meter, Rule, alarm, tell

OBJECTIVE = 0.995
BUDGET = 1 - OBJECTIVE
RUNBOOK = "service-level.md"


@dataclass(frozen=True, slots=True)
class Burn:
    """A rate at which the budget of thirty days burns, and over which windows it is seen."""

    name: str
    rate: float
    long_minutes: int
    short_minutes: int
    spent: str

    @property
    def threshold(self) -> float:
        """The share of faults that is this rate."""
        return round(self.rate * BUDGET, 6)


BURNS = (
    Burn("fast", 14.4, 60, 5, "2 % of it in an hour"),
    Burn("medium", 6, 360, 30, "5 % of it in six hours"),
    Burn("slow", 3, 1440, 120, "10 % of it in a day"),
)

INDICATORS = {
    "accept": (metrics.ACCEPT_FAULTS, "requests that are not taken"),
    "tasks": (metrics.TASK_FAULTS, "tasks that end by our own fault"),
}


class Objectives(Construct):
    """The burn-rate alarms. Only the pairs tell `topic`; stage local has just their halves."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        meter: Meter,
        topic: sns.ITopic,
        runbooks: str,
        emulated: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._meter = meter
        self._topic = topic
        self._runbook = f"{runbooks}/{RUNBOOK}#error-budget"
        for indicator in INDICATORS:
            for burn in BURNS:
                halves = [alarm(self, rule, topic=None) for rule in self._halves(indicator, burn)]
                if not emulated:
                    self._pair(indicator, burn, halves)

    def _halves(self, indicator: str, burn: Burn) -> Iterator[Rule]:
        metric, faults = INDICATORS[indicator]
        for window, minutes in (("long", burn.long_minutes), ("short", burn.short_minutes)):
            yield Rule(
                name=f"slo-{indicator}-{burn.name}-{window}",
                metric=self._meter.metric(metric, metrics.EVERYTHING, "Average", minutes=minutes),
                above=burn.threshold,
                of=1,
                what=f"Half of a pair: {faults} are over {burn.threshold:.1%} in {minutes} minutes",
                runbook=self._runbook,
            )

    def _pair(self, indicator: str, burn: Burn, halves: list[cloudwatch.Alarm]) -> None:
        name = f"slo-{indicator}-{burn.name}"
        _, faults = INDICATORS[indicator]
        pair = cloudwatch.CompositeAlarm(
            self,
            "".join(part.capitalize() for part in name.split("-")),
            composite_alarm_name=f"{Stack.of(self).stack_name}-{name}",
            alarm_description=(
                f"The error budget of {OBJECTIVE:.1%} burns at {burn.rate:g} times its rate "
                f"({burn.spent}): {faults}. Runbook: {self._runbook}"
            ),
            alarm_rule=cloudwatch.AlarmRule.all_of(
                *(
                    cloudwatch.AlarmRule.from_alarm(half, cloudwatch.AlarmState.ALARM)
                    for half in halves
                )
            ),
        )
        tell(pair, self._topic)
