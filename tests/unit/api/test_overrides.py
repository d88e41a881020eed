"""What an override's body may say."""

from typing import Any

import pytest

from tests.fakes.front import Front

PATH = "/api/v1/breakers/intune/override"
FORCE = {"mode": "forced_open", "reason": "on fire", "expires_in_seconds": 3600}
AUTOMATIC = {"mode": "automatic", "reason": "over"}


def test__body__everything_wrong__lists_every_fault_at_once(front: Front) -> None:
    answer = front.put(PATH, {"mode": "open", "reason": "", "expires_in_seconds": 0, "a/b": 1})

    assert answer.status == 400
    assert answer.faults == {
        "/a~1b": "unknown field",
        "/mode": "unknown; known: forced_open, forced_closed, automatic",
        "/reason": "expected 1 to 500 printable characters",
        "/expires_in_seconds": "expected a whole number from 1 to 86400",
    }
    assert front.circuits.written == 0


def test__body__empty_object__lists_what_is_required(front: Front) -> None:
    assert front.put(PATH, {}).faults == {
        "/mode": "required; known: forced_open, forced_closed, automatic",
        "/reason": "required: 1 to 500 printable characters",
    }


@pytest.mark.parametrize("body", [None, [], [FORCE], "forced_open", 1, True])
def test__body__not_an_object__is_400_at_the_root(front: Front, body: Any) -> None:
    answer = front.put(PATH, body)

    assert (answer.status, answer.faults) == (400, {"": "expected an object"})


def test__body__of_another_media_type__is_415(front: Front) -> None:
    assert front.put(PATH, FORCE, content_type="text/plain").status == 415


@pytest.mark.parametrize("mode", [None, 1, "", "FORCED_OPEN", "open", ["forced_open"], {}, "\x00"])
def test__mode__unknown__is_400_naming_the_known(front: Front, mode: Any) -> None:
    answer = front.put(PATH, {**FORCE, "mode": mode})

    assert answer.status == 400
    assert list(answer.faults) == ["/mode"]


@pytest.mark.parametrize("reason", ["x", "é ü 日本", "a" * 500, f" {'a' * 500} ", "<b>&'\""])
def test__reason__one_printable_line__is_taken(front: Front, reason: str) -> None:
    answer = front.put(PATH, {**FORCE, "reason": reason})

    assert answer.status == 200
    assert answer.json["intune"]["override"]["reason"] == reason.strip()


@pytest.mark.parametrize(
    "reason",
    ["", " \t\n", "a" * 501, "two\nlines", "a\x00", "\x1b[31mred", "\u202egnp", "\ud800", None, 7],
)
@pytest.mark.parametrize("body", [FORCE, AUTOMATIC])
def test__reason__anything_else__is_400(
    front: Front, body: dict[str, Any], reason: str | None
) -> None:
    answer = front.put(PATH, {**body, "reason": reason})

    assert answer.status == 400
    assert list(answer.faults) == ["/reason"]
    assert front.circuits.written == 0


@pytest.mark.parametrize("seconds", [1, 86_400])
def test__expiry__within_a_day__is_taken(front: Front, seconds: int) -> None:
    assert front.put(PATH, {**FORCE, "expires_in_seconds": seconds}).status == 200


@pytest.mark.parametrize("seconds", [0, -1, 86_401, 1.5, "60", True, None, [60], 10**30])
def test__expiry__anything_else__is_400(front: Front, seconds: Any) -> None:
    answer = front.put(PATH, {**FORCE, "expires_in_seconds": seconds})

    assert answer.status == 400
    assert list(answer.faults) == ["/expires_in_seconds"]


@pytest.mark.parametrize("mode", ["forced_open", "forced_closed"])
def test__expiry__missing_from_a_force__is_400(front: Front, mode: str) -> None:
    answer = front.put(PATH, {"mode": mode, "reason": "on fire"})

    assert answer.faults == {"/expires_in_seconds": f"required with {mode}: 1 to 86400"}


@pytest.mark.parametrize("seconds", [60, None, 0])
def test__expiry__with_automatic__is_400(front: Front, seconds: Any) -> None:
    answer = front.put(PATH, {**AUTOMATIC, "expires_in_seconds": seconds})

    assert list(answer.faults) == ["/expires_in_seconds"]
