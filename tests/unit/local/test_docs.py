"""What docs/ says of the code is what the code says."""

from pathlib import Path

import pytest

from infra import docs
from infra.blocks import between_marks


@pytest.mark.parametrize("path", docs.PAGES, ids=lambda path: path.stem)
def test__page__stands_as_the_code_writes_it(path: Path) -> None:
    committed = path.read_text()
    assert docs.written(committed) == committed, "run make docs"


def test__tables__stand_in_the_docs() -> None:
    pages = "".join(path.read_text() for path in docs.PAGES)
    assert [pages.count(table()) for table in docs.TABLES.values()] == [1, 1]


def test__writing__mends_a_block_and_leaves_all_else() -> None:
    def page(table: str) -> str:
        others = between_marks("model", "bench", "another's")
        return f"before\n{between_marks('model', 'docs', table)}\nbetween\n{others}\nafter\n"

    assert docs.written(page("an old table")) == page(docs.risk_tables())
