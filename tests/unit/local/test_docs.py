"""What docs/ says of the code is what the code says."""

from infra import docs


def test__risk_tables__stand_in_the_docs_as_the_code_writes_them() -> None:
    committed = docs.RISK.read_text()
    assert docs.rewritten(committed) == committed, "run make docs"
    assert docs.risk_tables() in committed


def test__rewriting__leaves_all_else_as_it_is() -> None:
    text = f"before\n{docs.BEGIN}\nan old table\n{docs.END}\nafter\n"
    assert (
        docs.rewritten(text) == f"before\n{docs.BEGIN}\n{docs.risk_tables()}\n{docs.END}\nafter\n"
    )
