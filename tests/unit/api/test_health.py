from typing import Any

import pytest

from breakwater.domain.errors import BreakwaterError, ConfigurationError, StorageUnavailableError
from breakwater.resilience.circuit import Mode
from tests.fakes.front import Answer, Front, down
from tests.fakes.overview import EIGHT

PATH = "/api/v1/health"
CLOSED = {"state": "closed", "fail_counter": 0, "is_open": False}


def health(front: Front) -> Answer:
    return front.get(PATH, claims=None)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
def test__health__all_is_well__is_ok_and_public(front: Front, path: str) -> None:
    answer = front.get(path, claims=None)

    assert answer.status == 200
    assert answer.json == {"status": "ok", "breakers": dict.fromkeys(EIGHT, CLOSED)}
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert "x-correlation-id" in answer.headers


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"failures": 4}, {**CLOSED, "fail_counter": 4}),
        (
            {"state": "open", "failures": 5},
            {"state": "open", "fail_counter": 5, "is_open": True},
        ),
        (
            {"state": "half-open", "failures": 5},
            {"state": "half-open", "fail_counter": 5, "is_open": True},
        ),
    ],
)
def test__health__is_degraded_exactly_while_a_circuit_refuses(
    front: Front, values: dict[str, Any], shown: dict[str, Any]
) -> None:
    front.circuits.stands("jamf", **values)
    answer = health(front)

    assert answer.status == 200
    assert answer.json["breakers"] == {**dict.fromkeys(EIGHT, CLOSED), "jamf": shown}
    assert answer.json["status"] == ("degraded" if shown["is_open"] else "ok")


def test__health__forced_open__is_degraded_and_tells_the_public_nothing_of_why(
    front: Front,
) -> None:
    until = front.clock.now().timestamp() + 1
    front.circuits.is_forced("jamf", Mode.FORCED_OPEN, until=until)
    answer = health(front)

    assert answer.json["status"] == "degraded"
    assert answer.json["breakers"]["jamf"] == {**CLOSED, "is_open": True}
    assert "operator-0" not in answer.text


def test__health__open_circuit_forced_closed__is_ok(front: Front) -> None:
    until = front.clock.now().timestamp() + 1
    front.circuits.is_forced("jamf", Mode.FORCED_CLOSED, until=until, state="open")

    assert health(front).json["status"] == "ok"
    front.clock.advance(1)
    assert health(front).json["breakers"]["jamf"] == CLOSED


@pytest.mark.parametrize("error", [StorageUnavailableError, ConfigurationError])
def test__health__circuits_cannot_be_read__is_degraded_not_down(
    front: Front, error: type[BreakwaterError]
) -> None:
    front.circuits.error = down(error)
    answer = health(front)

    assert (answer.status, answer.json) == (200, {"status": "degraded", "breakers": {}})


@pytest.mark.parametrize("error", [StorageUnavailableError, ConfigurationError])
def test__health__tasks_cannot_be_read__is_503(front: Front, error: type[BreakwaterError]) -> None:
    front.store.error = down(error)
    answer = health(front)

    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "secret-name" not in answer.text
