"""functions/deployment: submit to a vendor, ask it how far it is, document what came of it."""

from breakwater.domain.tasks import Kind
from infra.constructs.functions import STEP, Handler
from infra.constructs.workflows import Workflow
from infra.environment import step_environment
from infra.features.parts import Parts


def deployment(parts: Parts, settle: Handler, document: Handler) -> Workflow:
    """Return the workflow of deployments."""
    handlers = {
        "SubmitFunction": vendor_step(parts, "deployment/submit"),
        "PollFunction": vendor_step(parts, "deployment/poll"),
        "DocumentFunction": document,
        "SettleFunction": settle,
    }
    return parts.workflow("deployment", handlers, runs=Kind.DEPLOYMENT)


def vendor_step(parts: Parts, folder: str) -> Handler:
    """Return a function that works on a task at its vendor."""
    environment = step_environment(parts.stage, parts.tables, parts.connectors)
    handler = parts.handler(folder, environment, STEP)
    parts.allow_tasks(handler)
    parts.allow_vendor_calls(handler)
    return handler
