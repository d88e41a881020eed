"""What runs by the clock: a function, each minute."""

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
