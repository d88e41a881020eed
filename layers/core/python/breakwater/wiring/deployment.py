"""The deployment workflow's steps at the vendor."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import StepSettings

if TYPE_CHECKING:
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.deployment import Deployment


def submit_entry(settings: StepSettings, clock: SystemClock, opened: ExitStack) -> StepEntry:
    """Return what sends deployments; what it opens is closed with `opened`."""
    deployment, circuits = _deployment(settings, clock, opened)
    return StepEntry(
        lambda event, left: deployment.submit(event, event["command"]["payload"], left),
        Logs(level=settings.log_level),
        circuits.flush,
    )


def poll_entry(settings: StepSettings, clock: SystemClock, opened: ExitStack) -> StepEntry:
    """Return what asks how deployments are doing; what it opens is closed with `opened`."""
    deployment, circuits = _deployment(settings, clock, opened)
    return StepEntry(
        lambda event, left: deployment.poll(event, event["command"]["payload"], left),
        Logs(level=settings.log_level),
        circuits.flush,
    )


def _deployment(
    settings: StepSettings, clock: SystemClock, opened: ExitStack
) -> "tuple[Deployment, CircuitsObserver]":
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.changes import Changes
    from breakwater.services.deployment import Deployment
    from breakwater.wiring.steps import step_runner
    from breakwater.wiring.vendors import vendors

    circuits, dynamodb = CircuitsObserver(), client("dynamodb", BACKGROUND)
    known = vendors(settings, BACKGROUND, clock, circuits, opened)
    deployment = Deployment(
        runner=step_runner(settings, dynamodb, clock),
        connectors=known.connectors,
        changes=Changes(known.integrations),
    )
    return deployment, circuits
