"""An intent over real HTTP: stated, scored by its workflow, and named by a deployment."""

import pytest

from infra.local import assess
from infra.local.client import Client
from infra.local.standins import intune

pytestmark = pytest.mark.e2e

SECONDS = 40.0
PACKAGE = {"id": intune.PUBLISHED_APP, "provenance": "vendor", "signature": "verified"}


def test__intent__is_scored_and_its_deployment_shows_the_score(
    submitter: Client, second_submitter: Client
) -> None:
    statement = {**assess.CAUTIOUS, "connector_type": "intune", "package": PACKAGE}
    stated = submitter.request("POST", "deployment-intents", json=statement)
    assert stated.status_code == 201
    path = f"deployment-intents/{stated.json()['intent_id']}"
    scoring = submitter.request("POST", f"{path}/risk-score")
    assert scoring.status_code == 202

    run = submitter.watch(scoring.json()["task_id"], seconds=SECONDS)
    assert run.last["status"] == "SUCCESS"
    risk = submitter.request("GET", path).json()["risk"]
    assert risk["task_id"] == run.task_id
    assert sum(one["points"] for one in risk["factors"]) == risk["score"]
    assert second_submitter.request("GET", path).status_code == 404

    payload = {
        "app_id": intune.PUBLISHED_APP,
        "group_id": "5a5a5a5a-0000-4000-8000-0000000000b1",
        "intent": "required",
    }
    deployed = submitter.deploy(payload, intent_id=stated.json()["intent_id"])
    assert deployed.status_code == 202
    shown = submitter.status(deployed.json()["task_id"]).json()["risk"]
    assert (shown["score"], shown["level"]) == (risk["score"], risk["level"])
    theirs = second_submitter.deploy(payload, intent_id=stated.json()["intent_id"])
    assert theirs.status_code == 400
