"""Links between the pages lead somewhere, and every runbook is found from where operators look."""

import re
from pathlib import Path

import pytest

from infra.constructs.dashboard import RUNBOOKS
from infra.docs import DOCS, ROOT

PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = HEADING.findall(CODE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test__links__lead_somewhere(page: Path) -> None:
    lost = []
    for path, anchor in LINK.findall(CODE.sub("", page.read_text())):
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(f"{path}#{anchor}")
    assert lost == []


def test__runbooks__are_all_linked_from_the_readme_and_those_of_alarms_from_the_dashboard() -> None:
    books = {page.name for page in (DOCS / "runbooks").glob("*.md")}
    readme = (ROOT / "README.md").read_text()
    assert {name for name in books if f"docs/runbooks/{name}" not in readme} == set()
    assert books - set(RUNBOOKS) == {"secret-rotation.md"}  # no alarm leads there
    assert set(RUNBOOKS) <= books
