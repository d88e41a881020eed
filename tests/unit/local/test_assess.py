"""What is wrong with a score is said."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from infra.local import assess
from infra.local.client import Client, Run

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
