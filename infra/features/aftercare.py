"""functions/aftercare: what is left to do for a task that was ended from outside its own steps."""

from breakwater.registry import DEPLOYABLE
from infra.constructs.functions import Handler
from infra.constructs.workflows import Workflow
from infra.features.deployment import vendor_step
from infra.features.parts import Parts


def aftercare(parts: Parts, document: Handler) -> Workflow:
    """Return the workflow that asks vendors to stop, and tells change records of the end."""
    withdraw = vendor_step(parts, "aftercare/withdraw", DEPLOYABLE)
    return parts.workflow(
        "aftercare", {"WithdrawFunction": withdraw, "DocumentFunction": document}, runs=None
    )
