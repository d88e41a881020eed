"""resilience.store.BreakerStore on DynamoDB: an intent is one conditional update.

A write that changes the state commits together with its event. Reads are eventually consistent:
half the price and twice the throughput on the one item that a fleet shares, and no staler than the
window for which callers trust what they know anyway.
"""

import uuid
from datetime import UTC, datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, Item, send
from breakwater.adapters.dynamodb.mapping import stamp
from breakwater.adapters.dynamodb.models import CircuitItem, EventItem, bound, read
from breakwater.resilience.circuit import Circuit
from breakwater.resilience.intents import STATE_CHANGED, Change, Check, Intent, Op
from breakwater.resilience.store import Written, applied, holds, to_circuit, values_of

COUNTING = frozenset({"begin_run", "join_run"})
SYSTEM = "breakwater"


class DynamoBreakerStore:
    """Circuits in the `circuits` table, their changes in `events`."""

    def __init__(self, client: Any, once: Any, *, circuits_table: str, events_table: str) -> None:
        """Bind to tables; `once` is a client that never sends a request twice."""
        self._client = client
        self._once = once
        self._item = bound(CircuitItem, circuits_table)
        self._event = bound(EventItem, events_table)

    def read(self, service: str) -> Circuit:
        """Return the circuit; one that nobody has written yet is closed."""
        return self._read(service, consistent=False)

    def attempt(self, service: str, intent: Intent) -> Written:
        """Write `intent`, if its checks hold, with its change; learn the circuit either way."""
        request = self._item(service).get_update_kwargs_from_instance(
            self._actions(intent), self._condition(intent), ALL_OLD
        )
        try:
            if intent.change is not None:
                return Written(True, self._write_with_event(service, intent, request))
            client = self._once if intent.name in COUNTING else self._client
            answer = send(client.update_item, **request, ReturnValues="ALL_NEW")
            return Written(True, self._circuit(service, answer["Attributes"]))
        except ConditionFailed as failed:
            if failed.item is None:
                return Written(False, self._read(service, consistent=True))
            return Written(False, self._circuit(service, failed.item))

    def _write_with_event(self, service: str, intent: Intent, request: Any) -> Circuit:
        """Return the circuit after a transaction, which itself returns no image.

        What a transition does not set it does not need either: where another failure was counted
        in between, only that number is older than the item's.
        """
        assert intent.change is not None  # noqa: S101 - the caller has looked
        event = self._to_event(service, intent, intent.change)
        put = event.get_save_kwargs_from_instance(self._event.stream.does_not_exist())
        send(self._client.transact_write_items, TransactItems=[{"Update": request}, {"Put": put}])
        return to_circuit(service, applied(intent, values_of(intent.before)))

    def _condition(self, intent: Intent) -> Condition:
        condition = reduce(and_, [self._check(check) for check in intent.checks])
        if intent.either:
            condition = condition & reduce(or_, [self._check(check) for check in intent.either])
        return condition

    def _check(self, check: Check) -> Condition:
        attribute: Any = getattr(self._item, check.attribute)
        if check.op is Op.ABSENT or check.value is None:
            absent: Condition = attribute.does_not_exist()
            return absent
        compare: Any = {
            Op.IS: attribute.__eq__,
            Op.AT_LEAST: attribute.__ge__,
            Op.AT_MOST: attribute.__le__,
            Op.BELOW: attribute.__lt__,
            Op.ABOVE: attribute.__gt__,
        }[check.op]
        condition: Condition = compare(check.value)
        return condition | attribute.does_not_exist() if holds(check, {}) else condition

    def _actions(self, intent: Intent) -> list[Action]:
        actions = []
        for name, value in intent.put.items():
            attribute: Any = getattr(self._item, name)
            actions.append(attribute.remove() if value is None else attribute.set(value))
        actions += [getattr(self._item, name).add(count) for name, count in intent.add.items()]
        return actions

    def _to_event(self, service: str, intent: Intent, change: Change) -> EventItem:
        generation = intent.put.get("generation", intent.before.generation)
        position = f"{generation:012d}"
        if change.type != STATE_CHANGED:
            # An override begins no generation, so several may stand under the same one.
            position += f"#{int(change.at * 1000)}#{uuid.uuid4().hex[:8]}"
        return self._event(
            stream=f"circuit/{service}",
            position=position,
            type=change.type,
            correlation_id=f"circuit/{service}",
            owner=str(change.details.get("by", SYSTEM)),
            occurred_at=stamp(datetime.fromtimestamp(change.at, UTC)),
            data={"service": service, "old": change.old, "new": change.new, **change.details},
        )

    def _read(self, service: str, *, consistent: bool) -> Circuit:
        answer = send(
            self._client.get_item,
            TableName=self._item.Meta.table_name,
            Key={"service": {"S": service}},
            ConsistentRead=consistent,
        )
        return self._circuit(service, answer.get("Item") or {})

    def _circuit(self, service: str, item: Item) -> Circuit:
        return to_circuit(service, read(self._item, item).attribute_values)
