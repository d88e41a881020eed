from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.connectors.landscape.lookup import (
    APART,
    CLOSE,
    REQUEST,
    Likeness,
    is_ours,
    likeness,
    resource,
    suspects,
)

SAME, PERHAPS, OTHER = Likeness.SAME, Likeness.PERHAPS, Likeness.OTHER
SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
SNAPS = {"computer_ids": [1], "snaps": ["hello"]}
NAMES = st.lists(
    st.from_regex(r"[a-z0-9][a-z0-9+.-]{1,20}", fullmatch=True).filter(
        lambda name: not name.endswith("...")
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


def installing(*packages: str) -> dict[str, Any]:
    return {"query": "tag:web", "packages": list(packages)}


def an_activity(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "parent_id": None,
        "summary": "Install package vim",
        "creation_time": "2026-01-01T12:00:05Z",
        **changes,
    }


@pytest.mark.parametrize(
    ("summary", "packages", "expected"),
    [
        ("Install package vim", ["vim"], SAME),
        ("install  package vim ", ["vim"], SAME),
        ("Install packages haskell-mode and python-mode", ["python-mode", "haskell-mode"], SAME),
        ("Install packages a1, b1 and c1", ["a1", "b1", "c1"], SAME),
        ("Install packages a1, b1, and c1", ["c1", "a1", "b1"], SAME),
        ("Install packages a1, b1, c1", ["c1", "a1", "b1"], SAME),
        ("Install package vim", ["git"], OTHER),
        ("Install package vim", ["vim-nox"], OTHER),
        ("Install packages vim and git", ["vim"], OTHER),
        ("Install package vim", ["vim", "git"], OTHER),
        ("Install packages python-twisted-conch and python...", ["vim"], OTHER),
        (
            "Install packages python-twisted-conch and python...",
            ["python-twisted-conch", "python-twisted-mail"],
            PERHAPS,
        ),
        ("Install packages python-twisted-conch and python\u2026", ["python-x"], OTHER),
        ("Install packages vim, g\u2026", ["vim", "git", "curl"], PERHAPS),
        ("Install packages vim and 3 others", ["vim", "git", "curl", "nginx"], PERHAPS),
        ("Install 5 packages", ["vim"], PERHAPS),
        ("Package installation: vim", ["vim"], PERHAPS),
        ("Install package vim:amd64", ["vim"], PERHAPS),
        ("Install snaps on computer", ["vim"], OTHER),
        ("Remove package vim", ["vim"], OTHER),
        ("Restart computer", ["vim"], OTHER),
        ("", ["vim"], OTHER),
        (None, ["vim"], PERHAPS),
        (5, ["vim"], PERHAPS),
    ],
)
def test__likeness__of_packages(summary: object, packages: list[str], expected: Likeness) -> None:
    assert likeness(summary, installing(*packages)) is expected


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Install snaps on computer", SAME),
        ("Install snaps on computers", SAME),
        ("Install snap hello", SAME),
        ("Install package vim", OTHER),
        ("Remove snaps on computer", OTHER),
        ("Installing two snaps", PERHAPS),
        (None, PERHAPS),
    ],
)
def test__likeness__of_snaps(summary: object, expected: Likeness) -> None:
    assert likeness(summary, SNAPS) is expected


@given(NAMES, st.sampled_from([", ", " and ", ", and "]))
def test__likeness__own_names_are_always_recognised(names: list[str], between: str) -> None:
    plural = "s" if len(names) > 1 else ""
    summary = f"Install package{plural} {between.join(reversed(names))}"
    assert likeness(summary, installing(*names)) is SAME


@given(NAMES, st.integers(1, 60))
def test__likeness__own_names_cut_anywhere_are_never_another_s(names: list[str], kept: int) -> None:
    summary = f"Install packages {' and '.join(names)}"
    cut = summary[: len("Install packages ") + kept] + "..."
    assert likeness(cut, installing(*names)) is not OTHER


def test__suspects__children_known_ones_others_and_old_ones_are_none() -> None:
    activities = [
        an_activity(id=1, parent_id=7),
        an_activity(id=2),
        an_activity(id=3, summary="Install package git"),
        an_activity(id=4, creation_time="2026-01-01T11:49:59Z"),
        an_activity(id=5),
        an_activity(id=6, creation_time="2026-01-01T11:50:00Z"),
        an_activity(id=7, creation_time="2027-01-01T00:00:00Z"),
        an_activity(id=8, creation_time=None),
        an_activity(id=9, creation_time="2020-01-01T00:00:00"),
    ]
    found = suspects(activities, installing("vim"), since=SINCE, known=["2", "x"])
    assert [one["id"] for one in found] == [5, 6, 7, 8, 9]


def test__suspects__without_a_parent_s_field_it_may_be_a_parent() -> None:
    activity = an_activity()
    del activity["parent_id"]
    assert suspects([activity], installing("vim"), since=SINCE) == [activity]


@pytest.mark.parametrize(
    ("offset", "ours"),
    [
        (-CLOSE - timedelta(seconds=1), False),
        (-CLOSE, True),
        (timedelta(0), True),
        (REQUEST + CLOSE, True),
        (REQUEST + CLOSE + timedelta(seconds=1), False),
        (-APART, False),
    ],
)
def test__is_ours__by_its_time(offset: timedelta, ours: bool) -> None:
    created = (SINCE + offset).isoformat()
    activity = an_activity(creation_time=created)
    assert is_ours(activity, installing("vim"), since=SINCE) is ours


@pytest.mark.parametrize("created", [None, 5, "", "now", "2026-01-01T12:00:05"])
def test__is_ours__not_without_a_plain_time(created: object) -> None:
    activity = an_activity(creation_time=created)
    assert not is_ours(activity, installing("vim"), since=SINCE)


def test__is_ours__not_by_a_summary_that_only_might_be() -> None:
    activity = an_activity(summary="Install 1 package")
    assert not is_ours(activity, installing("vim"), since=SINCE)


def test__resource__is_one_for_what_summaries_do_not_tell_apart() -> None:
    one = resource({"query": "tag:a", "packages": ["vim", "git"]})
    assert one == resource({"query": "tag:b", "packages": ["git", "vim"]})
    assert one != resource({"query": "tag:a", "packages": ["vim"]})
    assert resource(SNAPS) == resource({"computer_ids": [2], "snaps": ["spotify"]})
    assert len({one, resource(SNAPS)}) == 2


def test__resource__is_short_however_many_packages_there_are() -> None:
    assert len(resource(installing(*(f"package-{number}" * 8 for number in range(100))))) < 100
