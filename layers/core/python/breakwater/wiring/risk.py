"""What scores intents."""

from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.settings import RiskSettings

if TYPE_CHECKING:
    from breakwater.services.scoring import Scoring

SCORE_SECONDS = 30.0
"""How long a score may take: seven requests to DynamoDB, and no vendor's."""


def scoring(settings: RiskSettings, dynamodb: Any, clock: SystemClock) -> "Scoring":
    """Return what scores intents, on stores that are read with the client `dynamodb`."""
    from breakwater.adapters.dynamodb.history import DynamoHistory
    from breakwater.adapters.dynamodb.intents import DynamoIntentStore
    from breakwater.adapters.dynamodb.overview import DynamoCircuits
    from breakwater.services.scoring import Scoring
    from breakwater.wiring.steps import runner_without_vendors

    return Scoring(
        runner=runner_without_vendors(settings, dynamodb, clock, seconds=SCORE_SECONDS),
        intents=DynamoIntentStore(dynamodb, intents_table=settings.intents_table),
        history=DynamoHistory(dynamodb, executions_table=settings.executions_table),
        circuits=DynamoCircuits(dynamodb, circuits_table=settings.circuits_table),
    )
