from pathlib import Path

from tests.infra.assemblies import checkout, synthesize

JUNK = (
    "functions/api/__pycache__/handler.cpython-311.pyc",
    "functions/api/stale.pyc",
    "functions/api/.mypy_cache/3.11/handler.data.json",
    "functions/api/.ruff_cache/0.17/1",
    "functions/api/.DS_Store",
    "functions/api/events/sample.json",
    "functions/deployment/submit/__pycache__/handler.cpython-313.pyc",
    "functions/deployment/submit/.coverage.host.1",
)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test__assets__two_syntheses_with_junk_between__are_identical(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    before = synthesize("dev", root=root, outdir=tmp_path / "before")
    write(root, *JUNK)
    after = synthesize("dev", root=root, outdir=tmp_path / "after")
    assert before.assets() == after.assets()
    assert before.template == after.template


def test__assets__code_that_changed__changes_them(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    before = synthesize("dev", root=root, outdir=tmp_path / "before")
    write(root, "functions/api/handler.py")
    after = synthesize("dev", root=root, outdir=tmp_path / "after")
    assert len(after.assets() - before.assets()) == 1


def test__assets__bytecode_of_a_layer__is_shipped(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    write(root, "build/layers/core/python/__pycache__/module.cpython-313.pyc")
    assembly = synthesize("dev", root=root, outdir=tmp_path / "out")
    assert len(list(assembly.folder.glob("asset.*/python/__pycache__/*.pyc"))) == 1
