"""The risk workflow: what scores intents."""

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import RiskSettings

SCORE_SECONDS = 30.0
"""How long a score may take: seven requests to DynamoDB, and no vendor's."""


def score_entry(settings: RiskSettings, clock: SystemClock) -> StepEntry:
    """Return what scores intents."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.history import DynamoHistory
    from breakwater.adapters.dynamodb.intents import DynamoIntentStore
    from breakwater.adapters.dynamodb.overview import DynamoCircuits
    from breakwater.services.scoring import Scoring
    from breakwater.wiring.steps import runner_without_vendors

    dynamodb = client("dynamodb", BACKGROUND)
    scoring = Scoring(
        runner=runner_without_vendors(settings, dynamodb, clock, seconds=SCORE_SECONDS),
        intents=DynamoIntentStore(dynamodb, intents_table=settings.intents_table),
        history=DynamoHistory(dynamodb, executions_table=settings.executions_table),
        circuits=DynamoCircuits(dynamodb, circuits_table=settings.circuits_table),
    )
    return StepEntry(scoring.score, Logs(level=settings.log_level))
