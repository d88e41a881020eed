"""docs/acceptance.md and SECURITY.md name tests and commands that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ("docs/acceptance.md", "SECURITY.md")
NAMED = [
    (page, name)
    for page in PAGES
    for name in sorted(set(re.findall(r"`([^`\n]+)`", (ROOT / page).read_text())))
]
TESTS = [(page, name) for page, name in NAMED if name.startswith("tests/")]
FILES = [(page, name) for page, name in NAMED if re.fullmatch(r"[\w./-]+\.(md|py|json)", name)]
TARGETS = [(page, name) for page, name in NAMED if name.startswith("make ")]


@pytest.mark.parametrize(("page", "name"), TESTS)
def test__test__that_is_named__exists(page: str, name: str) -> None:
    place, _, function = name.partition("::")
    found = list(ROOT.glob(place))

    assert found, f"{page} names {place}"
    if function:
        assert any(f"def {function}(" in one.read_text() for one in found), f"{page} names {name}"
    elif found[0].is_dir():
        assert list(found[0].rglob("test_*.py")), f"{page} names {place}"


@pytest.mark.parametrize(("page", "name"), FILES)
def test__file__that_is_named__exists(page: str, name: str) -> None:
    assert (ROOT / name).exists() or list(ROOT.glob(name)), f"{page} names {name}"


@pytest.mark.parametrize(("page", "name"), TARGETS)
def test__command__that_is_named__exists(page: str, name: str) -> None:
    target = name.split()[1]
    assert f"\n{target}:" in (ROOT / "Makefile").read_text(), f"{page} names {name}"


def test__acceptance__each_criterion__is_quoted_and_shown() -> None:
    rows = re.findall(r"^\| (\".*?) \| (.*) \|$", (ROOT / PAGES[0]).read_text(), re.MULTILINE)

    assert len(rows) == 33
    for criterion, shown in rows:
        assert "`" in shown or "page" in shown or "human" in shown, criterion
