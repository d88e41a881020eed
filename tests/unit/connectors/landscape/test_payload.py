from typing import Any

import pytest

from breakwater.api.bodies import validate
from breakwater.api.problems import ApiProblem
from breakwater.connectors.landscape.payload import Payload

PACKAGES = {"query": "tag:web", "packages": ["nginx"]}
SNAPS = {"computer_ids": [21, 23], "snaps": ["hello"]}
TOGETHER, ONE_FORM = "come together", "one of the two"


def accepted(value: Any) -> dict[str, Any]:
    return validate(Payload, value).model_dump(mode="json", exclude_defaults=True)


def faults(value: Any) -> dict[str, str]:
    with pytest.raises(ApiProblem) as caught:
        validate(Payload, value)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


@pytest.mark.parametrize(
    "value",
    [
        PACKAGES,
        SNAPS,
        {**PACKAGES, "deliver_after": "2026-01-02T03:04:05Z", "deliver_delay_window": 0},
        {**PACKAGES, "deliver_after": "2026-01-02T03:04:05+02:00"},
        {**PACKAGES, "deliver_after": "2000-01-01T00:00:00Z"},
        {**PACKAGES, "deliver_after": "2099-12-31T23:59:59Z"},
        {**PACKAGES, "packages": ["libstdc++6", "python3.11", "0ad"]},
        {**SNAPS, "computer_ids": list(range(1, 1001))},
    ],
)
def test__either_form__taken_as_it_is(value: dict[str, Any]) -> None:
    assert accepted(value) == value


def test__query__blanks_around_it_are_dropped() -> None:
    assert accepted({**PACKAGES, "query": "  tag:web  "}) == PACKAGES


def test__null__is_as_good_as_absent() -> None:
    assert accepted({**PACKAGES, "snaps": None, "deliver_after": None}) == PACKAGES


@pytest.mark.parametrize(
    ("value", "pointer", "detail"),
    [
        ({}, "/snaps", "expected"),
        ({"query": "tag:web"}, "/packages", TOGETHER),
        ({"packages": ["nginx"]}, "/packages", TOGETHER),
        ({"computer_ids": [1]}, "/snaps", TOGETHER),
        ({"snaps": ["hello"]}, "/snaps", TOGETHER),
        ({"deliver_delay_window": 5}, "/snaps", "expected"),
        ({**PACKAGES, "snaps": ["hello"]}, "/snaps", ONE_FORM),
        ({**PACKAGES, "computer_ids": [1]}, "/computer_ids", ONE_FORM),
        ({**PACKAGES, **SNAPS}, "/computer_ids", ONE_FORM),
        ({**SNAPS, "query": "tag:web"}, "/packages", TOGETHER),
        ({**SNAPS, "deliver_after": "2026-01-02T03:04:05Z"}, "/snaps", "later"),
        ({**SNAPS, "deliver_delay_window": 5}, "/snaps", "later"),
        ({**PACKAGES, "query": ""}, "/query", "at least 1"),
        # A blank query may well be every computer there is.
        ({**PACKAGES, "query": " \t "}, "/query", "at least 1"),
        ({**PACKAGES, "query": "tag:\nweb"}, "/query", "pattern"),
        ({**PACKAGES, "query": "x" * 1001}, "/query", "at most"),
        ({**PACKAGES, "packages": []}, "/packages", "at least 1"),
        ({**PACKAGES, "packages": ["p" + str(n) for n in range(101)]}, "/packages", "at most"),
        ({**PACKAGES, "packages": ["vim", "vim"]}, "/packages", "twice"),
        ({**PACKAGES, "packages": ["Vim"]}, "/packages/0", "pattern"),
        ({**PACKAGES, "packages": ["vim git"]}, "/packages/0", "pattern"),
        ({**PACKAGES, "packages": ["vim", 5]}, "/packages/1", "string"),
        ({**PACKAGES, "packages": "vim"}, "/packages", "array"),
        ({**PACKAGES, "deliver_after": "2026-01-02T03:04:05"}, "/deliver_after", "timezone"),
        (
            {**PACKAGES, "deliver_after": "9999-12-31T23:59:59-01:00"},
            "/deliver_after",
            "less than 2100",
        ),
        (
            {**PACKAGES, "deliver_after": "0001-01-01T00:00:00+01:00"},
            "/deliver_after",
            "greater than or equal to 2000",
        ),
        ({**PACKAGES, "deliver_after": 5}, "/deliver_after", "datetime"),
        ({**PACKAGES, "deliver_delay_window": -1}, "/deliver_delay_window", "greater"),
        ({**PACKAGES, "deliver_delay_window": 1441}, "/deliver_delay_window", "less"),
        ({**PACKAGES, "deliver_delay_window": "5"}, "/deliver_delay_window", "integer"),
        ({**PACKAGES, "action": "remove"}, "/action", "not permitted"),
        ({**SNAPS, "computer_ids": [0]}, "/computer_ids/0", "greater"),
        ({**SNAPS, "computer_ids": ["21"]}, "/computer_ids/0", "integer"),
        ({**SNAPS, "computer_ids": [21, 21]}, "/computer_ids", "twice"),
        ({**SNAPS, "computer_ids": list(range(1, 1002))}, "/computer_ids", "at most"),
        ({**SNAPS, "snaps": ["-hello"]}, "/snaps/0", "pattern"),
        ({**SNAPS, "snaps": ["h" * 41]}, "/snaps/0", "at most"),
    ],
)
def test__wrong__says_what_and_where(value: dict[str, Any], pointer: str, detail: str) -> None:
    assert detail in faults(value)[pointer]


def test__everything_wrong__every_fault_is_listed() -> None:
    found = faults(
        {
            "query": " ",
            "packages": ["Vim"],
            "deliver_after": "soon",
            "deliver_delay_window": -1,
            "computer_ids": [0],
            "snaps": ["Hello"],
            "channel": "edge",
        }
    )
    assert set(found) == {
        "/query",
        "/packages/0",
        "/deliver_after",
        "/deliver_delay_window",
        "/computer_ids/0",
        "/snaps/0",
        "/channel",
    }


def test__both_forms__each_field_of_the_second_is_a_fault() -> None:
    assert set(faults({**PACKAGES, **SNAPS})) == {"/computer_ids", "/snaps"}


def test__examples__are_accepted() -> None:
    schema = Payload.model_json_schema()
    for example in schema["examples"]:
        assert accepted(example) == example
    assert [sorted(form["required"]) for form in schema["oneOf"]] == [
        ["packages", "query"],
        ["computer_ids", "snaps"],
    ]
