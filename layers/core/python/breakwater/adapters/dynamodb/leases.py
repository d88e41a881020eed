"""ports.LeaseStore on DynamoDB. The clock of whoever asks decides; expiry is read, never TTL's."""

from datetime import UTC, datetime, timedelta
from typing import Any

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, send
from breakwater.adapters.dynamodb.models import LeaseItem, bound, read
from breakwater.domain.errors import ResourceBusyError

FORGOTTEN_AFTER = timedelta(days=1)
"""When DynamoDB may delete a lease that nobody gave back."""


class DynamoLeaseStore:
    """Leases in the `leases` table, one item for each resource in use."""

    def __init__(self, client: Any, *, leases_table: str) -> None:
        self._client = client
        self._item = bound(LeaseItem, leases_table)

    def acquire(self, resource: str, *, holder: str, now: datetime, until: datetime) -> None:
        """Take or renew the lease."""
        model = self._item
        free = (
            model.resource.does_not_exist()
            | (model.until <= now.timestamp())
            | (model.holder == holder)
        )
        item = model(
            resource=resource,
            holder=holder,
            until=until.timestamp(),
            expires_at=int((until + FORGOTTEN_AFTER).timestamp()),
        )
        try:
            send(self._client.put_item, **item.get_save_kwargs_from_instance(free, ALL_OLD))
        except ConditionFailed as failed:
            held = read(model, failed.item)
            held_until = datetime.fromtimestamp(float(held.until), UTC)
            raise ResourceBusyError(resource, held_until=held_until) from failed

    def release(self, resource: str, *, holder: str) -> None:
        """Give it back, if it is still held."""
        request = self._item(resource).get_delete_kwargs_from_instance(self._item.holder == holder)
        try:
            send(self._client.delete_item, **request)
        except ConditionFailed:
            return  # it ended before us, and someone else may hold it now
