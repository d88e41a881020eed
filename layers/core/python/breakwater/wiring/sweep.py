"""What looks after tasks from outside their workflows: the minutely sweep, and hints."""

from datetime import timedelta
from typing import TYPE_CHECKING

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import UpkeepEntry
from breakwater.settings import SweepSettings

if TYPE_CHECKING:
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
    from breakwater.resilience.tokens import TokenBucket
    from breakwater.services.reconcile import Reconciler
    from breakwater.services.sweep import Sweep

BURST_SECONDS = 10
"""For so many seconds' questions at once the engine's own allowance has room.
Source: docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


def sweep_entry(settings: SweepSettings, clock: SystemClock) -> UpkeepEntry:
    """Return what looks at all that is due."""
    look = _sweep(settings, clock)
    return UpkeepEntry(lambda *_: look().to_json(), Logs(level=settings.log_level))


def hint_entry(settings: SweepSettings, clock: SystemClock) -> UpkeepEntry:
    """Return what looks at one execution's task, by the execution's name."""
    look = _reconciler(settings, _executions(settings), clock).hint
    return UpkeepEntry(
        lambda event, _: {"seen": look(event["detail"]["name"]).value},
        Logs(level=settings.log_level),
    )


def _sweep(settings: SweepSettings, clock: SystemClock) -> "Sweep":
    from breakwater.adapters import sweeps
    from breakwater.services.sweep import Sweep

    executions = _executions(settings)
    return Sweep(
        executions=executions,
        reconciler=_reconciler(settings, executions, clock),
        publish=sweeps.publish,
        clock=clock,
        period=timedelta(seconds=settings.upkeep_seconds),
    )


def _executions(settings: SweepSettings) -> "DynamoExecutionStore":
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.dynamodb.executions import DynamoExecutionStore

    # Short waits: one task's storage must not take the others' time, and the next minute repeats.
    return DynamoExecutionStore(
        client("dynamodb", INTERACTIVE),
        executions_table=settings.executions_table,
        events_table=settings.events_table,
    )


def _reconciler(
    settings: SweepSettings, executions: "DynamoExecutionStore", clock: SystemClock
) -> "Reconciler":
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.stepfunctions import StepFunctionsEngine
    from breakwater.adapters.tracing import trace_header
    from breakwater.services.aftercare import Aftercare
    from breakwater.services.reconcile import Reconciler
    from breakwater.wiring.steps import settlement

    engine = StepFunctionsEngine(
        client("stepfunctions", INTERACTIVE),
        machines=settings.machines,
        aftercare=settings.aftercare_machine,
        trace=trace_header,
    )
    return Reconciler(
        executions=executions,
        engine=engine,
        settlement=settlement(settings, executions, clock),
        aftercare=Aftercare(executions=executions, engine=engine),
        questions=_questions(settings, clock),
        clock=clock,
    )


def _questions(settings: SweepSettings, clock: SystemClock) -> "TokenBucket":
    from breakwater.resilience.tokens import TokenBucket

    rate = settings.describes_per_second
    return TokenBucket(
        rate=rate, burst=rate * BURST_SECONDS, monotonic=clock.monotonic, sleep=clock.sleep
    )
