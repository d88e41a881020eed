"""The risk of a deployment: a score of 0 to 100, and where each of its points comes from.

It is a pure function of the facts: the same facts give the same score wherever and whenever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from breakwater.domain.risk_facts import Facts
from breakwater.domain.risk_levels import Level
from breakwater.domain.risk_model import FACTORS, LEVELS, MODEL, Factor


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor adds to a score, of at most `weight`, and why."""

    factor: str
    points: int
    weight: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score and its explanation; `model` is the version of the model that made it."""

    model: str
    score: int
    level: Level
    factors: tuple[Contribution, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "model": self.model,
            "score": self.score,
            "level": self.level.value,
            "factors": [asdict(one) for one in self.factors],
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Score":
        """Read what `to_json` returned, of whichever model's version."""
        return cls(
            model=values["model"],
            score=int(values["score"]),
            level=Level(values["level"]),
            factors=tuple(
                Contribution(one["factor"], int(one["points"]), int(one["weight"]), one["reason"])
                for one in values["factors"]
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A score as it stands on an intent: which task made it, and of when its facts are."""

    score: Score
    task_id: str
    order: str
    """Sorts the tasks that score one intent: the last one that was asked for counts."""
    at: datetime


def assess(facts: Facts, factors: Iterable[Factor] = FACTORS) -> Score:
    """Return the score of what is known of a deployment."""
    contributions = tuple(_contribution(factor, facts) for factor in factors)
    score = sum(one.points for one in contributions)
    return Score(model=MODEL, score=score, level=level_of(score), factors=contributions)


def order_of(asked_at: datetime, task_id: str) -> str:
    """Return what sorts the tasks that score one intent by when they were asked for."""
    return f"{int(asked_at.timestamp() * 1_000_000):020d}#{task_id}"


def level_of(score: int) -> Level:
    """Return the level that a score is of."""
    return max((level for level, least in LEVELS.items() if score >= least), key=LEVELS.__getitem__)


def _contribution(factor: Factor, facts: Facts) -> Contribution:
    grades = [measure.of(facts) for measure in factor.measures]
    figures = {
        "devices": "1 device" if facts.devices == 1 else f"{facts.devices:,} devices",
        "failed": facts.history.failed,
        "ended": facts.history.ended,
    }
    return Contribution(
        factor=factor.name,
        points=sum(grade.points for grade in grades),
        weight=factor.weight,
        reason="; ".join(grade.reason.format(**figures) for grade in grades),
    )
