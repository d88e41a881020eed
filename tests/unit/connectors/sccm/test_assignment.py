from datetime import UTC, datetime
from typing import Any

import pytest

from breakwater.connectors.sccm.assignment import all_have_reported, counts, fits, posted, sought_by
from breakwater.connectors.sccm.provider import Application
from breakwater.domain.errors import TransientError

APPLICATION = Application("7-Zip", ci_id=11, model_id=7)
PAYLOAD = {
    "application_name": "7-zip",
    "collection_id": "PS100042",
    "purpose": "required",
    "action": "install",
}
SOUGHT = sought_by("task-1", PAYLOAD, APPLICATION)
NOW = datetime(2026, 1, 1, 12, 0, 0, 999_999, tzinfo=UTC)


def body(**payload: Any) -> dict[str, Any]:
    return posted(
        {**PAYLOAD, **payload},
        APPLICATION,
        name="n",
        description="d",
        collection_name="c",
        now=NOW,
    )


def test__sought__is_text_that_an_intent_can_hold() -> None:
    assert SOUGHT == {
        "assignment_name": "Breakwater task-1",
        "collection_id": "PS100042",
        "model_id": "7",
        "ci_id": "11",
    }


def test__posted__names_the_application_as_the_provider_does() -> None:
    assert body()["ApplicationName"] == "7-Zip"


@pytest.mark.parametrize(
    ("payload", "start", "deadline"),
    [
        ({}, "2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        (
            {"start_time": "2026-02-01T00:00:00Z", "enforcement_deadline": "2026-02-02T00:00:00Z"},
            "2026-02-01T00:00:00Z",
            "2026-02-02T00:00:00Z",
        ),
        (
            {"enforcement_deadline": "2025-01-01T00:00:00Z"},
            "2026-01-01T12:00:00Z",
            "2026-01-01T12:00:00Z",
        ),
        ({"purpose": "available"}, "2026-01-01T12:00:00Z", None),
    ],
)
def test__posted__times(payload: dict[str, str], start: str, deadline: str | None) -> None:
    found = body(**payload)
    assert (found["StartTime"], found.get("EnforcementDeadline")) == (start, deadline)
    assert ("EnforcementDeadline" in found) == (deadline is not None)


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ({"AppModelID": 7}, True),
        ({"ModelID": 7}, True),
        ({"AssignedCIs": [11]}, True),
        ({}, True),
        ({"AppModelID": None, "AssignedCIs": None}, True),
        ({"AppModelID": 7, "AssignedCIs": [12]}, True),  # a later revision of the same application
        ({"AppModelID": 8}, False),
        ({"AppModelID": 7, "ModelID": 8}, False),
        ({"AppModelID": 8, "AssignedCIs": [11]}, False),
        ({"AssignedCIs": [12]}, False),
    ],
)
def test__fits__by_whatever_ids_are_there(ids: dict[str, Any], expected: bool) -> None:
    assert fits({"TargetCollectionID": "PS100042", **ids}, SOUGHT) is expected


@pytest.mark.parametrize("collection", ["PS100043", None, ""])
def test__fits__another_collection__never(collection: str | None) -> None:
    assert not fits({"TargetCollectionID": collection, "AppModelID": 7}, SOUGHT)


def summary(*numbers: int) -> dict[str, int]:
    names = ("Targeted", "Success", "Errors", "InProgress", "Unknown", "Other")
    return dict(zip((f"Number{name}" for name in names), numbers, strict=True))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((3, 3, 0, 0, 0, 0), True),
        ((3, 1, 1, 0, 0, 1), True),
        ((3, 0, 3, 0, 0, 0), True),
        ((2, 3, 0, 0, 0, 0), True),  # a device has left the collection
        ((0, 0, 0, 0, 0, 0), False),
        ((3, 2, 0, 0, 0, 0), False),
        ((3, 3, 0, 1, 0, 0), False),
        ((3, 3, 0, 0, 1, 0), False),
    ],
)
def test__all_have_reported(numbers: tuple[int, ...], expected: bool) -> None:
    assert all_have_reported(counts(summary(*numbers))) is expected


@pytest.mark.parametrize("name", summary(*range(6)))
@pytest.mark.parametrize("value", [None, "3", True, ...])
def test__counts__number_is_missing__transient(name: str, value: Any) -> None:
    numbers: dict[str, Any] = {**summary(*range(6)), name: value}
    if value is ...:
        del numbers[name]
    with pytest.raises(TransientError, match=name):
        counts(numbers)
