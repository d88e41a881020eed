"""ports.IntentStore on DynamoDB: an intent is an item, its score a later update of it."""

from typing import Any

from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, send
from breakwater.adapters.dynamodb.mapping import moment, stamp
from breakwater.adapters.dynamodb.models import IntentItem, bound, read
from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.errors import PermanentError
from breakwater.domain.risk import Score, Scored


class DynamoIntentStore:
    """Deployment intents in the `intents` table."""

    def __init__(self, client: Any, *, intents_table: str) -> None:
        self._client = client
        self._item = bound(IntentItem, intents_table)

    def create(self, intent: DeploymentIntent) -> DeploymentIntent:
        """Store a new intent, unless one stands under its id."""
        model = self._item
        item = model(
            intent_id=intent.intent_id,
            owner=intent.owner,
            correlation_id=intent.correlation_id,
            fingerprint=intent.fingerprint,
            created_at=stamp(intent.created_at),
            statement=dict(intent.statement),
            revision=intent.revision,
        )
        put = item.get_save_kwargs_from_instance(model.intent_id.does_not_exist(), ALL_OLD)
        try:
            send(self._client.put_item, **put)
        except ConditionFailed as failed:
            return _to_intent(read(model, failed.item))
        return intent

    def get(self, intent_id: str) -> DeploymentIntent | None:
        """Return the intent by a consistent read, or None."""
        answer = send(
            self._client.get_item,
            TableName=self._item.Meta.table_name,
            Key={"intent_id": {"S": intent_id}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        return _to_intent(read(self._item, item)) if item else None

    def put_score(self, intent_id: str, scored: Scored) -> Scored:
        """Write a score on an intent, unless one of the same order or a later one stands there."""
        model = self._item
        later = model.intent_id.exists() & (
            model.scored_order.does_not_exist() | (model.scored_order < scored.order)
        )
        actions: list[Action] = [
            model.score.set(scored.score.to_json()),
            model.scored_by.set(scored.task_id),
            model.scored_order.set(scored.order),
            model.scored_at.set(stamp(scored.at)),
            model.revision.add(1),
        ]
        update = model(intent_id).get_update_kwargs_from_instance(actions, later, ALL_OLD)
        try:
            send(self._client.update_item, **update)
        except ConditionFailed as failed:
            return _standing(intent_id, read(model, failed.item) if failed.item else None)
        return scored


def _standing(intent_id: str, item: IntentItem | None) -> Scored:
    """Return the score that a write has failed on."""
    scored = _to_scored(item) if item is not None else None
    if scored is None:
        raise PermanentError(f"there is no deployment intent {intent_id}")
    return scored


def _to_intent(item: IntentItem) -> DeploymentIntent:
    return DeploymentIntent(
        intent_id=item.intent_id,
        owner=item.owner,
        correlation_id=item.correlation_id,
        fingerprint=item.fingerprint,
        created_at=moment(item.created_at),
        statement=item.statement,
        scored=_to_scored(item),
        revision=int(item.revision),
    )


def _to_scored(item: IntentItem) -> Scored | None:
    if item.score is None:
        return None
    return Scored(
        score=Score.of(item.score),
        task_id=item.scored_by,
        order=item.scored_order,
        at=moment(item.scored_at),
    )
