from typing import Any

import pytest

from breakwater.resilience.circuit import Mode
from tests.fakes.events import OPERATOR, SUBMITTER
from tests.fakes.front import Front
from tests.fakes.overview import EIGHT

ALL = "/api/v1/breakers"
ONE = "/api/v1/breakers/intune"
OVERRIDE = f"{ONE}/override"
FORCE = {"mode": "forced_open", "reason": "on fire", "expires_in_seconds": 3600}
CLOSED = {
    "state": "closed",
    "fail_counter": 0,
    "is_open": False,
    "retry_at": None,
    "override": None,
}


@pytest.mark.parametrize("path", [ALL, f"{ALL}/"])
def test__breakers__nobody_has_called_yet__are_eight_closed_circuits(
    front: Front, path: str
) -> None:
    answer = front.get(path)

    assert (answer.status, answer.json) == (200, dict.fromkeys(EIGHT, CLOSED))
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"failures": 4, "run_began_at": 1.0}, {"fail_counter": 4}),
        (
            {"state": "open", "failures": 5, "retry_at": 1767268830.5},
            {
                "state": "open",
                "fail_counter": 5,
                "is_open": True,
                "retry_at": "2026-01-01T12:00:30.500000+00:00",
            },
        ),
        (
            {"state": "half-open", "retry_at": 1.0, "probe_owner": "p", "probe_until": 1767268840},
            {"state": "half-open", "is_open": True, "retry_at": "2026-01-01T12:00:40+00:00"},
        ),
        ({"state": "half-open", "retry_at": 1.0}, {"state": "half-open", "is_open": True}),
    ],
)
@pytest.mark.parametrize("path", [ALL, ONE, f"{ONE}/"])
def test__breaker__is_shown_as_it_stands(
    front: Front, values: dict[str, Any], shown: dict[str, Any], path: str
) -> None:
    front.circuits.stands("intune", **values)

    assert front.get(path).json["intune"] == {**CLOSED, **shown}


def test__breaker__one__is_shown_alone(front: Front) -> None:
    assert front.get(ONE).json == {"intune": CLOSED}


@pytest.mark.parametrize("mode", [Mode.FORCED_OPEN, Mode.FORCED_CLOSED])
def test__breaker__forced__shows_who_why_and_until_when(front: Front, mode: Mode) -> None:
    now = front.clock.now().timestamp()
    front.circuits.is_forced("intune", mode, until=now + 60, state="open", retry_at=now + 5)
    until = "2026-01-01T12:01:00+00:00"
    is_open = mode is Mode.FORCED_OPEN

    assert front.get(ONE).json["intune"] == {
        "state": "open",
        "fail_counter": 0,
        "is_open": is_open,
        "retry_at": until if is_open else None,
        "override": {
            "mode": mode.value,
            "reason": "because",
            "by": "operator-0",
            "expires_at": until,
        },
    }


def test__breaker__override_is_over__counts_as_none(front: Front) -> None:
    front.circuits.is_forced("intune", Mode.FORCED_CLOSED, until=front.clock.now().timestamp())

    assert front.get(ONE).json["intune"] == CLOSED


@pytest.mark.parametrize(
    "name", ["Intune", "default", "circuit", "INTUNE", "..", "\x00", "é", "intune%20", "a" * 5000]
)
def test__service__unknown__is_404_without_asking_the_table(front: Front, name: str) -> None:
    front.circuits.error = AssertionError("was asked")

    for answer in (front.get(f"{ALL}/{name}"), front.put(f"{ALL}/{name}/override", FORCE)):
        assert answer.status == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("claims", [None, {}, {"cognito:groups": "[operate]"}, {"sub": ""}])
def test__token__names_nobody__is_401(front: Front, claims: dict[str, Any] | None) -> None:
    answers = [front.get(path, claims=claims) for path in (ALL, ONE)]
    answers.append(front.put(OVERRIDE, FORCE, claims=claims))

    assert {answer.status for answer in answers} == {401}
    assert front.circuits.written == 0


@pytest.mark.parametrize("claims", [{"sub": "user-9"}, SUBMITTER, OPERATOR])
def test__reading__is_for_everybody_who_is_signed_in(front: Front, claims: dict[str, Any]) -> None:
    assert [front.get(path, claims=claims).status for path in (ALL, ONE)] == [200, 200]


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "user-9"},
        SUBMITTER,
        {"sub": "user-9", "scope": "breakwater/submit operate"},
        {"sub": "user-9", "cognito:groups": "[operators]"},
    ],
)
@pytest.mark.parametrize("body", [FORCE, {"mode": "wrong"}])
def test__override__not_an_operator__is_403_and_nothing_is_written(
    front: Front, claims: dict[str, Any], body: dict[str, Any]
) -> None:
    answer = front.put(OVERRIDE, body, claims=claims)

    assert answer.status == 403
    assert "'operate'" in answer.json["detail"]
    assert front.circuits.written == 0


@pytest.mark.parametrize("path", [OVERRIDE, f"{OVERRIDE}/"])
@pytest.mark.parametrize("mode", ["forced_open", "forced_closed"])
def test__override__answers_with_the_circuit_as_it_now_stands(
    front: Front, path: str, mode: str
) -> None:
    answer = front.put(path, {**FORCE, "mode": mode})

    assert answer.status == 200
    assert answer.json == front.get(ONE).json
    assert answer.json["intune"]["is_open"] is (mode == "forced_open")
    assert answer.json["intune"]["override"] == {
        "mode": mode,
        "reason": "on fire",
        "by": "operator-1",
        "expires_at": "2026-01-01T13:00:00+00:00",
    }


def test__override__by_scope__is_the_subjects_and_leaves_the_other_services_alone(
    front: Front,
) -> None:
    front.put(OVERRIDE, FORCE, claims={"sub": "client-7", "scope": "breakwater/operate"})

    assert front.circuits.overrides == [("automatic", "forced_open", "client-7", "on fire")]
    assert set(front.circuits.items) == {"intune"}


def test__override__back_to_automatic__is_in_the_trail_with_who_and_why(front: Front) -> None:
    front.put(OVERRIDE, FORCE)
    answer = front.put(OVERRIDE, {"mode": "automatic", "reason": "  put out "})

    assert answer.json["intune"]["override"] is None
    assert answer.json["intune"]["state"] == "open"
    assert front.circuits.overrides[1] == ("forced_open", "automatic", "operator-1", "put out")


def test__override__automatic_already__is_200_without_an_event(front: Front) -> None:
    answer = front.put(OVERRIDE, {"mode": "automatic", "reason": "to be sure"})

    assert (answer.status, answer.json) == (200, {"intune": CLOSED})
    assert (front.circuits.written, front.circuits.changes) == (0, [])
