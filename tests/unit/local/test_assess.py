"""What is wrong with a score is said."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from breakwater.domain.risk import assess as assess_risk
from breakwater.domain.risk_facts import Health, History
from breakwater.domain.risk_levels import Level
from infra.local import assess
from infra.local.client import Client, Run
from tests.fakes.front import Front

FACTORS = [{"factor": "privilege", "points": 4}, {"factor": "package", "points": 7}]
RISK = {"task_id": "t-1", "score": 11, "level": "low", "factors": FACTORS}


def client(risk: Mapping[str, Any] | None) -> Client:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"risk": risk})

    return Client("http://api", None, httpx.Client(transport=httpx.MockTransport(answer)))


@pytest.mark.parametrize(
    ("risk", "fault"),
    [
        (RISK, None),
        (None, "the score does not stand on its intent"),
        ({**RISK, "task_id": "t-2"}, "the score does not stand on its intent"),
        ({**RISK, "score": 12}, "the contributions do not add up to the score"),
        ({**RISK, "level": "high"}, "the risk is high, not low"),
    ],
)
def test__fault__is_what_is_wrong(risk: Mapping[str, Any] | None, fault: str | None) -> None:
    run = Run("t-1", ("SUCCESS",), {"result": {"intent_id": "i-1"}}, 1.0)
    assert assess.fault(client(risk), run, "low") == fault


def test__ask__refused__answers_the_refusal() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400)

    refusing = Client("http://api", None, httpx.Client(transport=httpx.MockTransport(refuse)))
    assert assess.ask(refusing, assess.BOLD).status_code == 400


@pytest.mark.parametrize(
    ("statement", "level"), [(assess.CAUTIOUS, Level.LOW), (assess.BOLD, Level.CRITICAL)]
)
def test__statements__are_accepted_and_of_the_level_that_the_main_job_expects(
    statement: Mapping[str, Any], level: Level
) -> None:
    front = Front()
    stated = front.post_to("/api/v1/deployment-intents", statement)
    assert stated.status == 201
    intent = front.intents.intents[stated.json["intent_id"]]
    for history in (History(0, 0), History(2, 0)):
        facts = intent.facts(history=history, health=Health.CLOSED, at=front.clock.now())
        assert assess_risk(facts).level is level
