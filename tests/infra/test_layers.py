import importlib.util
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker

from infra import layers
from infra.app import ROOT
from infra.layers import HOST, Interpreter, LayerError

UNCHECKED_HASH = 0b01
"""PEP 552: the source's hash is recorded, and not compared at import."""
BUDGET_BYTES = 60_000_000


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def held(folder: Path) -> dict[str, str]:
    """Return the distributions in a folder of packages, with their versions."""
    found = metadata.distributions(path=[str(folder / "python")])
    return {canonical(each.name): each.version for each in found}


@pytest.fixture(scope="session")
def host() -> Path:
    """The host's layers of this checkout, staged if they are not yet."""
    layers.stage_deps_host(ROOT)
    layers.stage_runtime_host(ROOT)
    return ROOT / "build" / "layers"


@pytest.fixture(scope="session")
def target() -> Path:
    """The layer for Lambda of this checkout, staged if it is not yet."""
    layers.stage_deps_target(ROOT, layers.find_target_python())
    return ROOT / "build" / "layers" / "deps-target"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with a package of one module, and what must not be shipped beside it."""
    package = tmp_path / "layers" / "core" / "python" / "breakwater"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""A module."""\nWORDS = {"a", "b", "c"}\n')
    (package / "py.typed").touch()
    junk(package)
    return tmp_path


def junk(package: Path) -> None:
    for name in ("__pycache__/__init__.cpython-39.pyc", ".mypy_cache/x.json", "stale.pyc"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("junk")


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test__deps_host__holds_every_dependency_of_the_product(host: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {canonical(re.split(r"[^\w.-]", line)[0]) for line in project["dependencies"]}
    assert names - held(host / "deps-host").keys() == set()


def test__deps_host__holds_the_locked_versions_and_nothing_else(host: Path) -> None:
    lock = (ROOT / "layers" / "deps" / "requirements.txt").read_text()
    lines = re.findall(r"^([\w.-]+)==(\S+)(?: ; (.*?))? *\\?$", lock, flags=re.MULTILINE)
    # The lock is for every platform; a marker says where a package is not for this one.
    here = {canonical(name): found for name, found, on in lines if not on or Marker(on).evaluate()}
    assert held(host / "deps-host") == here


def test__runtime_host__holds_what_lambda_ships_at_the_locked_versions(host: Path) -> None:
    lock = (ROOT / "requirements" / "dev.txt").read_text()
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, flags=re.MULTILINE))
    versions = {canonical(name): version for name, version in locked.items()}
    shipped = held(host / "runtime-host")
    assert {"boto3", "botocore", "urllib3", "awslambdaric"} <= shipped.keys()
    assert {name: versions[name] for name in shipped} == shipped
    # Each package has one home: a second copy would shadow the other's version.
    assert not shipped.keys() & held(host / "deps-host").keys()


def test__deps_target__is_the_same_lock_built_for_lambda(host: Path, target: Path) -> None:
    assert held(target) == held(host / "deps-host")
    compiled = [name for name in files(target) if name.endswith(".so")]
    assert compiled
    for name in compiled:
        assert "cpython-313-aarch64-linux-gnu" in name or ".abi3." in name


def test__deps_target__fits_the_budget(target: Path) -> None:
    assert sum(len(content) for content in files(target).values()) < BUDGET_BYTES


def test__runtime_host__takes_what_its_packages_need_too(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "SHIPPED_BY_THE_RUNTIME", ("python-dateutil",))
    layers.stage_runtime_host(tree)
    folder = tree / "build" / "layers" / "runtime-host"
    assert held(folder).keys() == {"python-dateutil", "six"}
    assert not [name for name in files(folder) if name.endswith(("RECORD", "INSTALLER"))]


def test__core__is_the_package_without_caches(tree: Path) -> None:
    layers.stage_core(tree, None)
    assert set(files(tree / "build" / "layers" / "core")) == {
        "python/breakwater/__init__.py",
        "python/breakwater/py.typed",
    }


def test__core__compiled__is_taken_at_its_word_and_reproducible(tree: Path) -> None:
    core = tree / "build" / "layers" / "core"
    layers.stage_core(tree, HOST)
    first = files(core)
    [bytecode] = (content for name, content in first.items() if name.endswith(".pyc"))
    assert bytecode[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(bytecode[4:8], "little") == UNCHECKED_HASH
    assert b"/opt/python/breakwater" in bytecode
    (core.with_name("core.stamp")).unlink()
    layers.stage_core(tree, HOST)
    assert files(core) == first


def test__layer__unchanged_inputs__is_left_alone(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers.stage_core(tree, None)
    assert "Staging layer core" in capsys.readouterr().out
    junk(tree / "layers" / "core" / "python" / "breakwater")
    layers.stage_core(tree, None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("change", ["source", "compiler"])
def test__layer__changed_inputs__is_staged_anew(
    tree: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    layers.stage_core(tree, None)
    capsys.readouterr()
    source = tree / "layers" / "core" / "python" / "breakwater" / "__init__.py"
    if change == "source":
        source.write_text("CHANGED = True\n")
    layers.stage_core(tree, HOST if change == "compiler" else None)
    assert "Staging layer core" in capsys.readouterr().out
    staged = layers.staged(tree, "core") / "python" / "breakwater" / "__init__.py"
    assert staged.read_text() == source.read_text()


def test__layer__that_fails__leaves_the_former_one_and_no_debris(tree: Path) -> None:
    layers.stage_core(tree, None)
    before = files(tree / "build")
    with pytest.raises(LayerError, match="failed"):
        layers.stage_core(tree, Interpreter("false", "broken"))
    assert files(tree / "build") == before


def test__lock__without_hashes__is_refused(tree: Path) -> None:
    (tree / "layers" / "deps").mkdir(parents=True, exist_ok=True)
    (tree / "layers" / "deps" / "requirements.txt").write_text("tenacity==9.2.1\n")
    with pytest.raises(LayerError, match="hash"):
        layers.stage_deps_host(tree)


def test__missing__names_the_command(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"run `python -m infra\.layers --host` first"):
        layers.staged(tmp_path, "deps-host")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `main` stages, without staging it."""
    names: list[str] = []
    for name in ("core", "deps_target", "deps_host", "runtime_host"):
        monkeypatch.setattr(layers, f"stage_{name}", lambda *_, name=name: names.append(name))
    return names


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["core", "deps_target", "deps_host", "runtime_host"]),
        (["--target"], ["core", "deps_target"]),
        (["--host"], ["core", "deps_host", "runtime_host"]),
    ],
)
def test__main__stages_what_the_options_name(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], options: list[str], expected: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["layers", *options])
    layers.main()
    assert asked == expected


def test__main__bytecode_required_and_no_interpreter__stops(
    monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["layers", "--target", "--require-pyc"])
    monkeypatch.setattr(layers, "find_target_python", lambda: None)
    with pytest.raises(SystemExit, match=r"no python3\.13 on PATH"):
        layers.main()
    assert asked == []


def test__find_target_python__shim_that_runs_nothing__is_not_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/bin/false")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert layers.find_target_python() is None


def test__find_target_python__is_of_the_runtimes_version() -> None:
    found = layers.find_target_python()
    assert found is None or found.tag.startswith(layers.TARGET_VERSION)
