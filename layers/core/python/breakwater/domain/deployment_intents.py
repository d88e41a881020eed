"""A deployment intent: what is to be deployed, said before it is, so that its risk can be scored.

Its statement never changes; a score is written beside it, and a later one replaces it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from breakwater.domain.packages import package_key
from breakwater.domain.requests import fingerprint_of, identity
from breakwater.domain.risk import Scored
from breakwater.domain.risk_facts import (
    Criticality,
    Evidence,
    Facts,
    Health,
    History,
    Privilege,
    Provenance,
    Ring,
    Rollback,
    Signature,
    Window,
)
from breakwater.domain.risk_levels import AcceptedRisk


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentIntent:
    """The record of an intent. `statement` is the validated body of the request."""

    intent_id: str
    owner: str
    correlation_id: str
    fingerprint: str
    created_at: datetime
    statement: Mapping[str, Any]
    scored: Scored | None = None
    revision: int = 0
    """Grows with every write: the entity tag."""

    @property
    def connector(self) -> str:
        """The service that it is to be deployed to."""
        return str(self.statement["connector_type"])

    @property
    def package(self) -> str:
        """What is to be deployed, as its connector names it."""
        return str(self.statement["package"]["id"])

    @property
    def package_key(self) -> str:
        """What past deployments of the same are found by."""
        return package_key(self.connector, self.package)

    @property
    def risk(self) -> AcceptedRisk:
        """How it is scored by now, for the record of a deployment that names it."""
        if self.scored is None:
            return AcceptedRisk(intent_id=self.intent_id)
        score = self.scored.score
        return AcceptedRisk(
            intent_id=self.intent_id, score=score.score, level=score.level, model=score.model
        )

    def facts(self, *, history: History, health: Health, at: datetime) -> Facts:
        """Return what its risk depends on, with what is known besides at that moment."""
        package, targets = self.statement["package"], self.statement["targets"]
        return Facts(
            devices=int(targets["devices"]),
            ring=Ring(targets["ring"]),
            criticality=Criticality(targets["criticality"]),
            privilege=Privilege(self.statement["privilege"]),
            provenance=Provenance(package["provenance"]),
            signature=Signature(package["signature"]),
            evidence=Evidence(self.statement["test_evidence"]),
            rollback=Rollback(self.statement["rollback"]),
            window=_window(self.statement.get("change_window"), at),
            history=history,
            health=health,
        )


def new_intent(
    statement: Mapping[str, Any],
    *,
    owner: str,
    operation: str,
    idempotency_key: str | None,
    correlation_id: str,
    now: datetime,
) -> DeploymentIntent:
    """Return the intent that a caller states; the same key gives the same id."""
    return DeploymentIntent(
        intent_id=identity(owner, operation, idempotency_key),
        owner=owner,
        correlation_id=correlation_id,
        fingerprint=fingerprint_of(operation, statement),
        created_at=now,
        statement=statement,
    )


def _window(window: Mapping[str, str] | None, at: datetime) -> Window:
    if window is None:
        return Window.NONE
    return Window.OVER if datetime.fromisoformat(window["ends_at"]) <= at else Window.AGREED
