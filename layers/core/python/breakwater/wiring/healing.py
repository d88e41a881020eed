"""What heals, as the API offers it: cancels, retries and verdicts, and runs of many retries."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from breakwater.api.healing import HealingRoutes
    from breakwater.api.replays import ReplayRoutes
    from breakwater.services.cancel import Cancel
    from breakwater.wiring.desk import Desk


def healing_routes(desk: "Desk") -> "HealingRoutes":
    """Return the routes of cancels, retries and verdicts."""
    from breakwater.api.healing import HealingRoutes
    from breakwater.services.resolve import Resolve
    from breakwater.services.retry import Retry
    from breakwater.wiring.steps import observer

    retry = Retry(
        executions=desk.executions,
        engine=desk.engine,
        clock=desk.clock,
        quota=desk.quota,
        observer=observer(desk.settings),
        start_grace=desk.start_grace,
    )
    return HealingRoutes(
        read_task=desk.read_task,
        cancel=_cancel(desk),
        retry=retry,
        resolve=Resolve(executions=desk.executions, clock=desk.clock),
        execution_arn=desk.execution_arn,
    )


def replay_routes(desk: "Desk") -> "ReplayRoutes":
    """Return the routes of runs of many retries."""
    from breakwater.api.replays import ReplayRoutes, Tools
    from breakwater.wiring.replay import failures

    return ReplayRoutes(
        Tools(
            accept=desk.accept,
            cancel=_cancel(desk),
            read_task=desk.read_task,
            failures=failures(desk.settings, desk.dynamodb),
            deadlines=desk.deadlines,
            clock=desk.clock,
        )
    )


def _cancel(desk: "Desk") -> "Cancel":
    from breakwater.services.aftercare import Aftercare
    from breakwater.services.cancel import Cancel
    from breakwater.wiring.steps import settlement

    return Cancel(
        executions=desk.executions,
        engine=desk.engine,
        settlement=settlement(desk.settings, desk.executions, desk.clock),
        aftercare=Aftercare(executions=desk.executions, engine=desk.engine),
        clock=desk.clock,
    )
