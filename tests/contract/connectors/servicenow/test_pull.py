"""A whole pull: whatever the table holds, hides or does meanwhile, no record is missed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.domain.records import Page, Since
from tests.contract.connectors.servicenow.vendor import FORM, a_row, sys_id
from tests.contract.connectors.servicenow.world import World

START = datetime(2025, 12, 1, tzinfo=UTC)
SEEDS = 5


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).strftime(FORM)


def keys(pages: list[Page]) -> list[str]:
    return [record.key for page in pages for record in page.records]


def table_of_500(world: World, hidden: set[int]) -> set[str]:
    """Fill the table: four seconds hold a hundred rows each, then come single ones."""
    seconds = [number // 100 if number < 400 else number for number in range(500)]
    rows = [a_row(n, at(second), hidden=n in hidden) for n, second in enumerate(seconds)]
    world.vendor.rows(*rows)
    return {sys_id(number) for number in range(500) if number not in hidden}


def test__seeded_table__records_in_order_with_their_fields(world: World) -> None:
    pages = list(world.pages())
    assert [len(page.records) for page in pages] == [SEEDS, 0]
    first = pages[0].records[0]
    assert first.key == "5b5b5b5b000040008000000000000101"
    assert first.updated_at == datetime(2025, 11, 1, 9, 30, tzinfo=UTC)
    assert first.data["number"] == "CHG0000001"
    assert first.data["assignment_group"] == "5b5b5b5b0000400080000000000000a1"
    assert world.vendor.effects("login", "tokens") == 1


HIDDEN: dict[str, set[int]] = {
    "none": set(),
    "every other": set(range(0, 500, 2)),
    "a whole page": set(range(100, 300)),
    "more than a page": set(range(50, 420)),
    "the first": set(range(350)),
    "the last": set(range(150, 500)),
    "all but the last": set(range(499)),
    "all but one in a crowded second": set(range(500)) - {217},
    "all": set(range(500)),
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test__500_rows__every_one_that_can_be_seen_in_order(world: World, hidden: set[int]) -> None:
    visible = table_of_500(world, hidden)
    pages = list(world.pages(Since(watermark=START)))
    found = [record for page in pages for record in page.records]
    assert {record.key for record in found} == visible
    assert len(found) == len(visible)
    ranks = [(record.updated_at, record.key) for record in found]
    assert ranks == sorted(ranks)


def test__pull_that_ends__asks_once_more_than_it_has_pages(world: World) -> None:
    table_of_500(world, set())
    assert [len(page.records) for page in world.pages(Since(watermark=START))] == [200, 200, 100, 0]
    assert world.vendor.lists() == 5


@pytest.mark.parametrize("hidden", ["none", "more than a page", "every other"])
def test__crash_after_any_page__resumed_from_its_cursor_nothing_is_missed(
    world: World, hidden: str
) -> None:
    visible = table_of_500(world, HIDDEN[hidden])
    since = Since(watermark=START)
    whole = list(world.pages(since))
    for crashed in range(len(whole) - 1):
        before = keys(whole[: crashed + 1])
        resumed = Since(watermark=START, cursor=whole[crashed].cursor)
        after = keys(list(world.pages(resumed)))
        assert set(before) | set(after) == visible
        # The page whose cursor was lost in the crash comes again, and is the same.
        last = Since(watermark=START, cursor=whole[crashed - 1].cursor if crashed else None)
        assert keys([world.page(last)]) == keys([whole[crashed]])


def test__row_updated_during_the_pull__comes_with_the_next_one(world: World) -> None:
    visible = table_of_500(world, set())
    pages = world.pages(Since(watermark=START))
    found = [next(pages)]
    world.clock.advance(10)
    moved = [sys_id(number) for number in (3, 205, 499)]
    now = world.clock.now().strftime(FORM)
    world.vendor.rows(*(a_row(int(one, 16), now) for one in moved))
    found += pages
    assert set(keys(found)) == visible - set(moved[1:])
    watermark = max(record.updated_at for page in found for record in page.records)
    world.clock.advance(1)
    assert set(moved) <= {one.key for one in world.pull(Since(watermark=watermark))}


@pytest.mark.parametrize("touched", [0, 100, 199])
def test__row_updated_between_its_choice_and_its_reading__takes_no_other_with_it(
    world: World, touched: int
) -> None:
    visible = table_of_500(world, set())
    world.clock.advance(1)
    world.vendor.touch(sys_id(touched))
    world.vendor.set_time(world.clock.now() + timedelta(seconds=1))
    found = world.pull(Since(watermark=START))
    assert {record.key for record in found} == visible - {sys_id(touched)}
    world.clock.advance(2)
    again = world.pull(Since(watermark=max(record.updated_at for record in found)))
    assert sys_id(touched) in {record.key for record in again}


def test__table_that_never_rests__the_pull_ends(world: World) -> None:
    world.vendor.rows(a_row(1, at(0)))
    pages: list[Page] = []
    for page in world.pages(Since(watermark=START)):
        pages.append(page)
        world.clock.advance(1)
        world.vendor.rows(a_row(2, world.clock.now().strftime(FORM)))
    assert keys(pages) == [sys_id(1)]


def test__hidden_rows_leave_while_they_are_walked_past__none_slips_through(world: World) -> None:
    rows = [a_row(number, at(0), hidden=True) for number in range(450)]
    world.vendor.rows(*rows, *(a_row(number, at(1)) for number in range(450, 460)))
    found: list[Page] = []
    for turn, page in enumerate(world.pages(Since(watermark=START))):
        found.append(page)
        world.clock.advance(1)
        gone = range(turn * 90, min(turn * 90 + 90, 450))
        now = world.clock.now().strftime(FORM)
        world.vendor.rows(*(a_row(number, now, hidden=True) for number in gone))
    assert set(keys(found)) == {sys_id(number) for number in range(450, 460)}


def test__late_commit_behind_the_watermark__found_by_the_overlap(world: World) -> None:
    world.vendor.rows(a_row(1, at(1000)), a_row(2, at(1000 - 299), appears_in_seconds=60))
    first = world.pull(Since(watermark=START))
    assert [record.key for record in first] == [sys_id(1)]
    world.clock.advance(60)
    second = world.pull(Since(watermark=first[-1].updated_at))
    assert [record.key for record in second] == [sys_id(2), sys_id(1)]


@pytest.mark.parametrize("masked", ["sys_id", "sys_updated_on"])
@pytest.mark.parametrize("numbers", [[0], [250], [199, 200], [499], list(range(100, 320))])
def test__rows_that_cannot_be_read__named_and_passed_over(
    world: World, masked: str, numbers: list[int]
) -> None:
    visible = table_of_500(world, set())
    second: dict[int, Any] = {n: at(n // 100 if n < 400 else n) for n in numbers}
    world.vendor.rows(*(a_row(n, second[n], masked=[masked]) for n in numbers))
    pages = list(world.pages(Since(watermark=START)))
    assert set(keys(pages)) == visible - {sys_id(number) for number in numbers}
    named = {line for page in pages for line in page.unreadable}
    assert named == {f"CHG{number:07} has no readable {masked}" for number in numbers}
