"""functions/deployment: submit to a vendor, ask it how far it is, document what came of it."""

from collections.abc import Iterable

from breakwater.domain.tasks import Kind
from breakwater.registry import DEPLOYABLE, INTEGRATED
from infra.constructs.functions import STEP, Handler
from infra.constructs.workflows import Workflow
from infra.environment import step_environment
from infra.features.parts import Parts


def deployment(parts: Parts, settle: Handler, document: Handler) -> Workflow:
    """Return the workflow of deployments."""
    handlers = {
        # It opens the change record, too.
        "SubmitFunction": vendor_step(parts, "deployment/submit", DEPLOYABLE + INTEGRATED),
        "PollFunction": vendor_step(parts, "deployment/poll", DEPLOYABLE),
        "DocumentFunction": document,
        "SettleFunction": settle,
    }
    return parts.workflow("deployment", handlers, runs=Kind.DEPLOYMENT)


def document(parts: Parts) -> Handler:
    """Return the function that tells systems of records what becomes of a deployment."""
    return vendor_step(parts, "deployment/document", INTEGRATED)


def vendor_step(parts: Parts, folder: str, services: Iterable[str]) -> Handler:
    """Return a function that works on a task at its vendor, one of `services`."""
    environment = step_environment(parts.stage, parts.tables, parts.connectors)
    handler = parts.handler(folder, environment, STEP)
    parts.allow_tasks(handler)
    parts.allow_vendor_calls(handler, services)
    return handler
