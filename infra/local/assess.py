"""Deployment intents that are scored: one that nobody would worry about, and one that all would."""

from collections.abc import Mapping
from typing import Any

import httpx

from infra.local.client import Client, Run
from infra.local.standins import intune, sccm

CAUTIOUS: Mapping[str, Any] = {
    "connector_type": "sccm",
    "package": {
        "id": sccm.ROLLOUT,
        "version": "24.08",
        "provenance": "attested",
        "signature": "verified",
    },
    "targets": {"devices": 8, "ring": "canary", "criticality": "standard"},
    "privilege": "admin",
    "test_evidence": "staging",
    "rollback": "automatic",
}
BOLD: Mapping[str, Any] = {
    "connector_type": "intune",
    "package": {"id": intune.FLAKY_APP, "provenance": "unknown", "signature": "none"},
    "targets": {"devices": 24_000, "ring": "all", "criticality": "critical"},
    "privilege": "kernel",
    "test_evidence": "none",
    "rollback": "none",
}


def ask(client: Client, statement: Mapping[str, Any]) -> httpx.Response:
    """State an intent and ask for its score; return the answer to what failed, or the 202."""
    stated = client.request("POST", "deployment-intents", json=dict(statement))
    if stated.status_code != httpx.codes.CREATED:
        return stated
    return client.request("POST", f"deployment-intents/{stated.json()['intent_id']}/risk-score")


def fault(client: Client, run: Run, level: str) -> str | None:
    """Return what is wrong with the score that a task has made, or None."""
    result = run.last["result"]
    path = f"deployment-intents/{result['intent_id']}"
    risk = client.request("GET", path).raise_for_status().json()["risk"]
    if risk is None or risk["task_id"] != run.task_id:
        return "the score does not stand on its intent"
    if risk["score"] != sum(one["points"] for one in risk["factors"]):
        return "the contributions do not add up to the score"
    if risk["level"] != level:
        return f"the risk is {risk['level']}, not {level}"
    return None


def shown(result: Mapping[str, Any]) -> str:
    """Return a score in the fewest words."""
    return f"{result['score']} of 100, {result['level']}"
