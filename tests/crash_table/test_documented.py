"""The crash table in docs/architecture.md names the tests that there are, all of them, in order."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "architecture.md"
ROWS = 12


def named() -> set[str]:
    """Return the names of all tests of rows in this room."""
    names = {
        node.name
        for path in HERE.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    return {name for name in names if name.startswith("test__row_")}


def rows() -> list[list[str]]:
    """Return the tests that each row of the table names."""
    section = TABLE.read_text().partition("\n## Where it may crash\n")[2].partition("\n## ")[0]
    found = [re.findall(r"`(test__row_\w+)`", line) for line in section.splitlines()]
    return [names for names in found if names]


def test__table__names_every_test_in_its_row() -> None:
    table = rows()
    assert len(table) == ROWS
    for number, names in enumerate(table, start=1):
        assert all(name.startswith(f"test__row_{number}__") for name in names)
    assert {name for names in table for name in names} == named()
