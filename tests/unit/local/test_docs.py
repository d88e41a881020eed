"""What docs/ says of the code is what the code says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra import docs
from infra.costs.tables import cost_tables


@pytest.mark.parametrize(
    ("path", "tables"), [(docs.RISK, docs.risk_tables), (docs.PERFORMANCE, cost_tables)]
)
def test__tables__stand_in_the_docs_as_the_code_writes_them(
    path: Path, tables: Callable[[], str]
) -> None:
    committed = path.read_text()
    assert docs.rewritten(committed, tables()) == committed, "run make docs"
    assert tables() in committed


def test__rewriting__leaves_all_else_as_it_is() -> None:
    text = f"before\n{docs.BEGIN}\nan old table\n{docs.END}\nafter\n"
    assert docs.rewritten(text, "new") == f"before\n{docs.BEGIN}\nnew\n{docs.END}\nafter\n"
