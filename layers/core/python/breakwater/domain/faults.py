"""Which ends of tasks count against this service, and not against a vendor or a request.

A vendor that refuses, fails or is away, and a deadline too short for what it was set for, are told
to the owner as they are: that is what this service is for. That nobody can say what happened, that
a step broke, or that an execution died, is ours.
"""

from breakwater.domain import errors
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome

_NOT_OURS = frozenset(
    kind.__name__
    for kind in (
        errors.TransientError,
        errors.ThrottledError,
        errors.CircuitBreakerOpenError,
        errors.PermanentError,
        errors.PartialFailureError,
        errors.DeadlineExceededError,
        errors.ResourceBusyError,
        errors.ConversationFullError,
    )
)
"""What a task's problem is called where somebody else has brought it about."""


def is_our_fault(outcome: Outcome) -> bool:
    """Whether an end is one that this service exists to prevent."""
    match outcome.status:
        case Status.UNKNOWN:
            return True
        case Status.FAILED:
            return outcome.problem is None or outcome.problem.type not in _NOT_OURS
        case _:
            return False
