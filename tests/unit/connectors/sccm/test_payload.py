from typing import Any

import pytest

from breakwater.api.bodies import validate
from breakwater.api.problems import ApiProblem
from breakwater.connectors.sccm.payload import Payload

WHOLE: dict[str, Any] = {
    "application_name": "7-Zip",
    "collection_id": "PS100042",
    "purpose": "required",
    "action": "install",
}


def faults(**changes: Any) -> dict[str, str]:
    """Return what is wrong with a payload, by where."""
    value = {name: one for name, one in {**WHOLE, **changes}.items() if one is not ...}
    try:
        validate(Payload, value)
    except ApiProblem as problem:
        return {fault.pointer: fault.detail for fault in problem.faults}
    return {}


def accepted(**changes: Any) -> dict[str, Any]:
    """Return a payload as a step gets it."""
    return validate(Payload, {**WHOLE, **changes}).model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"purpose": "available"},
        {"action": "uninstall", "await_installation": True},
        {"application_name": "O'Brien & Sons™ — 100 %"},
        {"start_time": "2026-01-01T00:00:00Z", "enforcement_deadline": "2026-01-01T01:00:00+01:00"},
        {"enforcement_deadline": "2020-01-01T00:00:00Z"},
        {"collection_id": "SMS00001"},
        {"purpose": "available", "start_time": "2026-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test__payload__as_documented__accepted_and_kept_as_it_was(changes: dict[str, Any]) -> None:
    assert accepted(**changes).keys() == {**WHOLE, **changes}.keys()


def test__payload__null_times__as_if_left_out() -> None:
    assert accepted(start_time=None, enforcement_deadline=None) == WHOLE


@pytest.mark.parametrize("name", WHOLE)
def test__payload__field_is_missing__told(name: str) -> None:
    assert faults(**{name: ...}) == {f"/{name}": "Field required"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("application_name", ""),
        ("application_name", "x" * 257),
        ("application_name", "a\nb"),
        ("application_name", "a\x00"),
        ("application_name", 7),
        ("collection_id", "PS10004"),
        ("collection_id", "ps100042"),
        ("collection_id", "PS100042'"),
        ("collection_id", "PS1000GG"),
        ("collection_id", "PS100042\n"),
        ("purpose", "uninstall"),
        ("action", "Install"),
        ("start_time", "2026-01-01T00:00:00"),
        ("start_time", "tomorrow"),
        ("start_time", "0001-01-01T00:00:00+01:00"),
        ("start_time", "1999-12-31T23:59:59Z"),
        ("enforcement_deadline", "2100-01-01T00:00:00Z"),
        ("enforcement_deadline", "9999-12-31T23:59:59-01:00"),
        ("enforcement_deadline", "2026-01-01"),
        ("await_installation", "yes"),
        ("surprise", 1),
    ],
)
def test__payload__wrong_value__told_where(name: str, value: Any) -> None:
    assert faults(**{name: value}).keys() == {f"/{name}"}


def test__payload__available__every_contradiction_is_told_at_once() -> None:
    found = faults(
        purpose="available",
        action="uninstall",
        enforcement_deadline="2026-01-01T00:00:00Z",
        await_installation=True,
    )
    assert found.keys() == {"/action", "/enforcement_deadline", "/await_installation"}


def test__payload__deadline_before_the_start__told() -> None:
    found = faults(
        start_time="2026-01-02T00:00:00Z", enforcement_deadline="2026-01-02T00:30:00+01:00"
    )
    assert "before start_time" in found["/enforcement_deadline"]


def test__payload__examples__are_accepted() -> None:
    for example in Payload.model_json_schema()["examples"]:
        assert validate(Payload, example)
