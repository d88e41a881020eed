"""How long things are: what CONTRIBUTING.md says of files, functions and handlers."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILE, FUNCTION, HANDLER = 250, 40, 60
"""How many lines each has at most."""


def too_long(source: str, *, file: int = FILE) -> Iterator[str]:
    """Say what of a file is too long. Ruff could count a function's statements, not its lines."""
    if len(source.splitlines()) > file:
        yield "the file"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node, clean=False)
            docstring = len(said.splitlines()) if said is not None else 0
            if (node.end_lineno or 0) - node.lineno + 1 - docstring > FUNCTION:
                yield node.name


def test__long_function__is_seen_and_its_docstring_is_not_counted() -> None:
    head, text, line = "def f():\n", '    """Say.\n\n    More.\n    """\n', "    x = 1\n"
    assert list(too_long(head + line * FUNCTION)) == ["f"]
    assert list(too_long(head + text + line * FUNCTION)) == ["f"]
    assert list(too_long(head + text + line * (FUNCTION - 1))) == []
    assert list(too_long("class C:\n    async def f(self):\n" + f"    {line}" * FUNCTION)) == ["f"]
    assert list(too_long("x = 1\n" * (FILE + 1))) == ["the file"]


def test__sources__files_functions_and_handlers__are_short() -> None:
    found, looked_at = list[str](), 0
    for room in ("layers", "functions", "infra"):
        for path in (ROOT / room).rglob("*.py"):
            looked_at += 1
            most = HANDLER if path.name == "handler.py" else FILE
            where = path.relative_to(ROOT)
            found += [f"{where}: {what}" for what in too_long(path.read_text(), file=most)]
    assert looked_at > 250
    assert found == [], "\n".join(found)
