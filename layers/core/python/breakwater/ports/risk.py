"""What the services ask of the storage of deployment intents, and of what is known of the past."""

from typing import Protocol

from breakwater.domain.deployment_intents import DeploymentIntent
from breakwater.domain.risk import Scored
from breakwater.domain.risk_facts import History


class IntentStore(Protocol):
    """Deployment intents, each with the score that was asked for last.

    Any method may raise StorageUnavailableError; a write that raises it may still have landed.
    """

    def create(self, intent: DeploymentIntent) -> DeploymentIntent:
        """Store a new intent, unless one stands under its id; return the one that stands."""
        ...

    def get(self, intent_id: str) -> DeploymentIntent | None:
        """Return the intent by a consistent read, or None."""
        ...

    def put_score(self, intent_id: str, scored: Scored) -> Scored:
        """Write a score on an intent, unless one of the same order or a later one stands there.

        Returns the score that stands. Raises PermanentError where there is no such intent.
        """
        ...


class HistoryStore(Protocol):
    """How past deployments have ended."""

    def history(self, package_key: str) -> History:
        """Return how the last deployments of a package by a connector have ended.

        The newest ones only, as many as one small read gives; reads may be behind writes for a
        moment. Raises StorageUnavailableError.
        """
        ...
