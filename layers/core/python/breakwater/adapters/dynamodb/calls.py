"""Sending requests to DynamoDB, and what its refusals mean to us."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from botocore.exceptions import ClientError

from breakwater.adapters.aws import UNREACHABLE, code_of, is_unavailable
from breakwater.domain.errors import BreakwaterError, ConfigurationError, StorageUnavailableError

Item = Mapping[str, Any]
"""An item as DynamoDB's wire format has it."""

ALL_OLD = "ALL_OLD"


class ConditionFailed(BreakwaterError):  # noqa: N818 - an answer that the stores expect
    """A condition did not hold: `item` is what stands, or None where nothing does."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition did not hold")
        self.item = item


@contextmanager
def translated() -> Iterator[None]:
    """Turn botocore's errors into ours.

    Raises: ConditionFailed; StorageUnavailableError; ConfigurationError for what no repetition
    mends.
    """
    try:
        yield
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
    # A transaction elsewhere holds the item for a moment: the same request succeeds later.
    if code in {"TransactionConflictException", "TransactionInProgressException"}:
        return StorageUnavailableError("another write is in the way")
    if is_unavailable(error):
        return StorageUnavailableError(f"DynamoDB asks for patience: {code}")
    return ConfigurationError(f"DynamoDB refused: {code}")


def _cancelled(reasons: Sequence[Mapping[str, Any]]) -> BreakwaterError:
    """Read a transaction's reasons, one for each of its items.

    Source: docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    for reason in reasons:
        if reason.get("Code") == "ConditionalCheckFailed":
            return ConditionFailed(reason.get("Item"))
    codes = {str(reason.get("Code")) for reason in reasons} - {"None"}
    passing = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    if codes <= passing:
        return StorageUnavailableError("another write is in the way")
    return ConfigurationError(f"DynamoDB refused the transaction: {', '.join(sorted(codes))}")
