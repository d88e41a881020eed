"""A score in a word, and what a deployment's record keeps of one."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """A score in a word; domain.risk_model says from which score on each is meant."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRisk:
    """How an intent was scored when a deployment that names it was accepted.

    Without a score, nobody had asked for one.
    """

    intent_id: str
    score: int | None = None
    level: Level | None = None
    model: str | None = None
