"""What every RecordStore promises."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakwater.domain.records import Record
from breakwater.ports import Origin
from tests.contract.stores.conftest import Stores
from tests.fakes.records import a_record
from tests.fakes.tasks import NOW
from tests.fakes.threads import at_once


def origin(task: str = "t1", page: int = 0, *, at: datetime = NOW) -> Origin:
    return Origin(task, page, asked_at=at)


def everything(stores: Stores, system: str = "jira", limit: int = 2) -> list[Record]:
    found: list[Record] = []
    position: str | None = None
    while True:
        part = stores.records.read(system, after=position, limit=limit)
        found += part.records
        position = part.position
        if position is None:
            return found


def test__put__read_back__in_order_and_as_they_were(stores: Stores) -> None:
    data: dict[str, Any] = {"text": "ü\x00😀", "n": [1, 2.5, None, {"a": True}], "": ""}
    records = [replace(a_record(2), data=data), a_record(3), a_record(1), a_record(0)]
    assert stores.records.put("jira", records, origin=origin()) == 4
    assert everything(stores) == [a_record(0), a_record(1), records[0], a_record(3)]


def test__put__one_moment__is_in_the_order_of_keys(stores: Stores) -> None:
    records = [a_record(number, minute=5) for number in range(5)]
    stores.records.put("jira", records[::-1], origin=origin())
    assert everything(stores) == records


def test__put__newer__replaces(stores: Stores) -> None:
    stores.records.put("jira", [a_record(1)], origin=origin())
    newer = a_record(1, minute=9, changed=True)
    assert stores.records.put("jira", [newer], origin=origin(page=1)) == 1
    assert everything(stores) == [newer]


def test__put__same_again__changes_nothing_and_is_not_counted(stores: Stores) -> None:
    stores.records.put("jira", [a_record(1), a_record(2)], origin=origin())
    again = [a_record(1), a_record(2), a_record(3)]
    assert stores.records.put("jira", again, origin=origin("t2", at=NOW + timedelta(hours=1))) == 1
    assert len(everything(stores)) == 3


def test__put__older__changes_nothing(stores: Stores) -> None:
    newer = a_record(1, minute=9)
    stores.records.put("jira", [newer], origin=origin())
    assert stores.records.put("jira", [a_record(1)], origin=origin("t2")) == 0
    assert everything(stores) == [newer]


def test__put__same_moment_other_content__what_was_asked_for_later_counts(stores: Stores) -> None:
    later = NOW + timedelta(seconds=5)
    first, second = a_record(1), a_record(1, state="closed")
    stores.records.put("jira", [first], origin=origin())
    assert stores.records.put("jira", [second], origin=origin("t2", at=later)) == 1
    # An attempt that wakes up late brings what it was told before.
    assert stores.records.put("jira", [first], origin=origin("t3", at=NOW)) == 0
    assert everything(stores) == [second]


def test__put__same_page_again__counts_as_it_did(stores: Stores) -> None:
    stores.records.put("jira", [a_record(1)], origin=origin("t0"))
    page = [a_record(1), a_record(2), a_record(3)]
    assert stores.records.put("jira", page, origin=origin()) == 2
    assert stores.records.put("jira", page, origin=origin(at=NOW + timedelta(minutes=1))) == 2
    assert stores.records.put("jira", page, origin=origin(page=1)) == 0


def test__put__many_at_once__each_stands_once_in_its_newest_version(stores: Stores) -> None:
    versions = [
        [a_record(number, minute=version) for number in range(20)] for version in range(1, 5)
    ]
    at_once(4, lambda n: stores.records.put("jira", versions[n], origin=origin(f"t{n}")))
    assert everything(stores) == versions[-1]


def test__systems__are_apart(stores: Stores) -> None:
    stores.records.put("jira", [a_record(1)], origin=origin())
    stores.records.put("servicenow", [a_record(1), a_record(2)], origin=origin())
    assert everything(stores) == [a_record(1)]
    assert everything(stores, "servicenow") == [a_record(1), a_record(2)]
    assert everything(stores, "sccm") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 100])
def test__read__any_limit__gives_each_once(stores: Stores, limit: int) -> None:
    records = [a_record(number) for number in range(6)]
    stores.records.put("jira", records, origin=origin())
    assert everything(stores, limit=limit) == records


def test__read__record_moves_on_meanwhile__is_met_again(stores: Stores) -> None:
    stores.records.put("jira", [a_record(number) for number in range(4)], origin=origin())
    part = stores.records.read("jira", after=None, limit=2)
    moved = a_record(1, minute=30)
    stores.records.put("jira", [moved], origin=origin(page=1))
    rest = stores.records.read("jira", after=part.position, limit=9)
    assert list(rest.records) == [a_record(2), a_record(3), moved]


def test__watermark__moves_forward_only(stores: Stores) -> None:
    assert stores.records.watermark("jira") is None
    assert stores.records.raise_watermark("jira", NOW) == NOW
    assert stores.records.raise_watermark("jira", NOW - timedelta(hours=1)) == NOW
    assert stores.records.raise_watermark("jira", NOW) == NOW
    later = NOW + timedelta(microseconds=1)
    assert stores.records.raise_watermark("jira", later) == later
    assert stores.records.watermark("jira") == later
    assert stores.records.watermark("servicenow") is None


def test__watermark__is_no_record(stores: Stores) -> None:
    stores.records.raise_watermark("jira", NOW)
    assert everything(stores) == []
