"""What a call's end says about the service that was called."""

from enum import Enum, auto

from breakwater.domain.errors import PermanentError, TransientError


class Verdict(Enum):
    """What the breaker learns from one call."""

    ALIVE = auto()
    """It answered, be it with a refusal."""
    UNWELL = auto()
    """It failed, or did not answer."""
    NONE = auto()
    """Nothing can be said: it was throttled, cut short by us, or never asked."""


def verdict(error: BaseException) -> Verdict:
    """Judge how a call ended.

    A refusal (4xx) is proof of life. Throttling is neither health nor illness. An error that is not
    one of ours is a fault of ours.
    """
    if isinstance(error, TransientError):
        return Verdict.UNWELL if error.blames_service else Verdict.NONE
    if isinstance(error, PermanentError) and error.status_code is not None:
        return Verdict.ALIVE
    return Verdict.NONE
