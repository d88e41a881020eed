"""Deployment intents: stated once, and read by those who may see them."""

from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.errors import IdempotencyConflictError
from breakwater.ports import IntentStore


class Intents:
    """What people do with intents. Raises StorageUnavailableError."""

    def __init__(self, store: IntentStore) -> None:
        self._store = store

    def state(self, intent: DeploymentIntent) -> DeploymentIntent:
        """Return the intent that stands: this one, or an earlier one under the same key.

        Raises: IdempotencyConflictError if the key stands for another statement.
        """
        standing = self._store.create(intent)
        if standing.fingerprint != intent.fingerprint:
            raise IdempotencyConflictError(
                "this Idempotency-Key was used for a request with another body"
            )
        return standing

    def find(
        self, intent_id: str, *, caller: str, operator: bool = False
    ) -> DeploymentIntent | None:
        """Return the intent, or None when there is none that `caller` may see."""
        intent = self._store.get(intent_id)
        return intent if intent and (operator or intent.owner == caller) else None
