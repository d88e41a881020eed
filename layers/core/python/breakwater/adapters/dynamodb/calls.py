"""Sending requests to DynamoDB, and what its refusals mean to us."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from botocore.exceptions import ClientError
from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random,
    wait_random_exponential,
)

from breakwater.adapters.aws import THROTTLES, UNREACHABLE, code_of, is_unavailable
from breakwater.domain.errors import BreakwaterError, ConfigurationError, StorageUnavailableError

Item = Mapping[str, Any]
"""An item as DynamoDB's wire format has it."""

ALL_OLD = "ALL_OLD"


class ConditionFailed(BreakwaterError):  # noqa: N818 - an answer that the stores expect
    """A condition did not hold: `item` is what stands, or None where nothing does.

    `place` is the item's in its transaction.
    """

    def __init__(self, item: Item | None, *, place: int = 0) -> None:
        super().__init__("the condition did not hold")
        self.item = item
        self.place = place


class Conflict(BreakwaterError):  # noqa: N818 - an answer that the stores expect
    """Another transaction holds an item of ours for a moment; nothing was applied."""


_until_free = Retrying(
    retry=retry_if_exception_type(Conflict),
    stop=stop_after_attempt(5),
    wait=wait_random_exponential(multiplier=0.05, max=0.5),
    reraise=True,
)

_once_more_if_free = Retrying(
    retry=retry_if_exception_type(Conflict),
    stop=stop_after_attempt(2),
    wait=wait_random(0, 0.05),
    reraise=True,
)
_once_more = _once_more_if_free.copy(
    retry=retry_if_exception(lambda error: isinstance(error, Conflict) or _is_unanswered(error))
)


def send(call: Callable[..., Any], **request: Any) -> Any:
    """Send one request and return its answer, again while another transaction is in the way.

    Raises: ConditionFailed; StorageUnavailableError; ConfigurationError for what no repetition
    mends.
    """
    try:
        return _until_free(_translated, call, request)
    except Conflict as error:
        raise StorageUnavailableError(str(error)) from error


def send_briefly(call: Callable[..., Any], *, once_more: bool, **request: Any) -> Any:
    """Send one request for a caller who waits for something else: two tries at most, no pause.

    The second try is after a conflict, and with `once_more` also after no answer (botocore's own
    would come after a pause of up to a second). Raises: ConditionFailed; Conflict, where nothing
    was applied; StorageUnavailableError for everything else, for a caller has a way without us.
    """
    tries = _once_more if once_more else _once_more_if_free
    try:
        return tries(_translated, call, request)
    except ConfigurationError as error:
        raise StorageUnavailableError(str(error)) from error


def _is_unanswered(error: BaseException) -> bool:
    return isinstance(error.__cause__, UNREACHABLE)


def _translated(call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
    try:
        return call(**request)
    except ClientError as error:
        raise _meaning(error) from error
    except UNREACHABLE as error:
        raise StorageUnavailableError("DynamoDB did not answer in time") from error


def _meaning(error: ClientError) -> BreakwaterError:
    code = code_of(error)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(cast("Item | None", error.response.get("Item")))
    if code == "TransactionCanceledException":
        return _cancelled(error.response.get("CancellationReasons", []))
    if code in {"TransactionConflictException", "TransactionInProgressException"}:
        return Conflict("another write is in the way")
    if is_unavailable(error):
        asked = f"DynamoDB asks for patience: {code}"
        return StorageUnavailableError(asked, is_throttle=code in THROTTLES)
    return ConfigurationError(f"DynamoDB refused: {code}")


def _cancelled(reasons: Sequence[Mapping[str, Any]]) -> BreakwaterError:
    """Read a transaction's reasons, one for each of its items.

    Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    for place, reason in enumerate(reasons):
        if reason.get("Code") == "ConditionalCheckFailed":
            return ConditionFailed(reason.get("Item"), place=place)
    codes = {str(reason.get("Code")) for reason in reasons} - {"None"}
    if codes == {"TransactionConflict"}:
        return Conflict("another write is in the way")
    if codes <= {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}:
        return StorageUnavailableError("DynamoDB asks for patience", is_throttle=True)
    return ConfigurationError(f"DynamoDB refused the transaction: {', '.join(sorted(codes))}")
