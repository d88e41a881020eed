"""functions/deployment: submit to a vendor, ask it how far it is, document what came of it."""

from infra.constructs.functions import STEP, Handler
from infra.constructs.workflows import Workflow
from infra.environment import step_environment
from infra.features.parts import Parts


def deployment(parts: Parts, settle: Handler) -> Workflow:
    """Return the workflow of deployments."""
    step = step_environment(parts.stage, parts.tables, parts.connectors)
    submit = parts.handler("deployment/submit", step, STEP)
    poll = parts.handler("deployment/poll", step, STEP)
    document = parts.handler("deployment/document", step, STEP)
    for handler in (submit, poll, document):
        parts.allow_tasks(handler)
        parts.allow_vendor_calls(handler)
    handlers = {
        "SubmitFunction": submit,
        "PollFunction": poll,
        "DocumentFunction": document,
        "SettleFunction": settle,
    }
    return parts.workflow("deployment", handlers)
