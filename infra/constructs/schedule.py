"""What runs by itself: a function each minute, or one for each execution that dies."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.functions import Handler


class EachMinute(Construct):
    """A rule that invokes `handler` each minute.

    A minute that is missed is not made up for, so nothing is retried for long and there is no
    dead-letter queue: the next minute does all that the last one left.
    """

    def __init__(self, scope: Construct, id_: str, *, handler: Handler, what: str) -> None:
        super().__init__(scope, id_)
        handler.function.configure_async_invoke(retry_attempts=0, max_event_age=Duration.minutes(1))
        events.Rule(
            self,
            "Rule",
            description=what,
            schedule=events.Schedule.rate(Duration.minutes(1)),
            targets=[
                targets.LambdaFunction(
                    handler.function, retry_attempts=1, max_event_age=Duration.minutes(1)
                )
            ],
        )


class Deaths(Construct):
    """A rule that invokes `handler` with each execution that did not succeed.

    EventBridge delivers these as best it can: late, twice, out of order or never. They are hints,
    and what is lost is found by the sweep, so that none is tried for long either. Executions that
    succeed are left out: nearly all do, and the sweep finds one whose task has not.
    """

    def __init__(
        self, scope: Construct, id_: str, *, handler: Handler, machine_arns: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)
        handler.function.configure_async_invoke(retry_attempts=0, max_event_age=Duration.minutes(5))
        events.Rule(
            self,
            "Rule",
            description="Tasks: an execution has failed, was aborted or has timed out",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                    "stateMachineArn": list(machine_arns),
                },
            ),
            targets=[
                targets.LambdaFunction(
                    handler.function, retry_attempts=1, max_event_age=Duration.minutes(5)
                )
            ],
        )
