"""What DynamoDB's refusals mean, from AWS's documented answers; moto gives none of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from breakwater.adapters.dynamodb.executions import DynamoExecutionStore
from breakwater.domain.errors import (
    ConfigurationError,
    StaleAttemptError,
    StorageUnavailableError,
)
from breakwater.domain.status import Status
from breakwater.domain.tasks import Outcome
from tests.fakes.tasks import NOW, a_task

DONE = Outcome(status=Status.SUCCESS, result={})


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    return botocore.session.get_session().create_client("dynamodb", region_name="eu-west-1")


@pytest.fixture
def stubber(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def store(client: Any) -> DynamoExecutionStore:
    return DynamoExecutionStore(client, executions_table="executions", events_table="events")


def cancelled(stubber: Stubber, *codes: str) -> None:
    stubber.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        http_status_code=400,
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
    )


def settle(store: DynamoExecutionStore) -> None:
    store.settle(a_task(), DONE, now=NOW, expires_at=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("ProvisionedThroughputExceededException", 400, StorageUnavailableError),
        ("ThrottlingException", 400, StorageUnavailableError),
        ("RequestLimitExceeded", 400, StorageUnavailableError),
        ("InternalServerError", 500, StorageUnavailableError),
        ("ServiceUnavailable", 503, StorageUnavailableError),
        ("AccessDeniedException", 400, ConfigurationError),
        ("ResourceNotFoundException", 400, ConfigurationError),
        ("ValidationException", 400, ConfigurationError),
    ],
)
def test__refused(
    store: DynamoExecutionStore,
    stubber: Stubber,
    code: str,
    status: int,
    meaning: type[Exception],
) -> None:
    stubber.add_client_error("get_item", code, http_status_code=status)
    with pytest.raises(meaning) as refused:
        store.get(a_task().task_id)
    asks_for_less = status == 400 and meaning is StorageUnavailableError
    assert getattr(refused.value, "is_throttle", False) is asks_for_less


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
    ],
)
def test__no_answer__is_unavailable(error: Exception) -> None:
    class Silent:
        def get_item(self, **_: Any) -> Any:
            raise error

    store = DynamoExecutionStore(Silent(), executions_table="executions", events_table=None)
    with pytest.raises(StorageUnavailableError):
        store.get(a_task().task_id)


def test__conflict__is_tried_again(store: DynamoExecutionStore, stubber: Stubber) -> None:
    cancelled(stubber, "TransactionConflict", "None")
    cancelled(stubber, "None", "TransactionConflict")
    stubber.add_response("transact_write_items", {})
    settle(store)
    stubber.assert_no_pending_responses()


def test__conflict_without_end__is_unavailable(
    store: DynamoExecutionStore, stubber: Stubber
) -> None:
    for _ in range(5):
        cancelled(stubber, "TransactionConflict", "None")
    with pytest.raises(StorageUnavailableError):
        settle(store)


@pytest.mark.parametrize(
    ("codes", "meaning"),
    [
        (("ThrottlingError", "None"), StorageUnavailableError),
        (("ProvisionedThroughputExceeded", "TransactionConflict"), StorageUnavailableError),
        (("ConditionalCheckFailed", "None"), StaleAttemptError),
        (("ItemCollectionSizeLimitExceeded", "None"), ConfigurationError),
    ],
)
def test__transaction_cancelled(
    store: DynamoExecutionStore,
    stubber: Stubber,
    codes: tuple[str, ...],
    meaning: type[Exception],
) -> None:
    cancelled(stubber, *codes)
    with pytest.raises(meaning) as refused:
        settle(store)
    throttled = meaning is StorageUnavailableError
    assert getattr(refused.value, "is_throttle", False) is throttled


def test__settle__without_an_events_table__is_a_mistake(client: Any) -> None:
    store = DynamoExecutionStore(client, executions_table="executions", events_table=None)
    with pytest.raises(TypeError):
        settle(store)
