"""What is counted rather than timed: `python -m tests.benchmarks.counts`.

The tests that hold the counts are run, and what they have recorded are the rows; so is whether the
layers come compiled for the runtime.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from infra import layers
from tests.benchmarks.report import Entry, save, within
from tests.proofs.report import show

TESTS = ("tests/functions/test_cost.py", "tests/contract/breakers/test_operations.py")
COUNTED = (
    (4, "AWS calls to accept", 2),
    (4, "AWS calls to read a status", 1),
    (4, "AWS calls of a guarded call, healthy and cached", 0),
    (5, "writes for a counted failure", 1),
    (5, "writes to open, besides", 1),
)
"""Target, the name under which a test records it, and the most that it may be."""


def main() -> None:
    """Count, and write the rows."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"]
        done = subprocess.run(  # noqa: S603 - our own tests
            [*command, f"--junit-xml={report}", *TESTS], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(
                f"the tests that count fail:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        show(done.stdout.splitlines()[-1])
        recorded = {
            str(one.get("name")): float(str(one.get("value")))
            for one in ET.parse(report).iter("property")  # noqa: S314 - written by our own pytest
        }
    entries = [
        *(within(number, name, recorded.get(name), 1, most) for number, name, most in COUNTED),
        *_bytecode(),
    ]
    for entry in entries:
        show(entry.line())
    save("counts", entries)


def _bytecode() -> Iterator[Entry]:
    """Say how many modules of the layers Lambda would have to compile at each cold start."""
    compiler, without, modules = layers.find_target_python(), None, 0
    if compiler is not None:
        layers.stage_core(layers.ROOT, compiler)
        layers.stage_deps_target(layers.ROOT, compiler)
        found = [
            path
            for name in ("core", "deps-target")
            for path in layers.staged(layers.ROOT, name).rglob("*.py")
        ]
        modules = len(found)
        without = float(sum(not any(_compiled(path)) for path in found))
    note = "" if compiler else f"no Python {layers.TARGET_VERSION} here; `make deploy` asks for one"
    yield within(2, "modules of the layers without bytecode", without, modules, 0, note=note)


def _compiled(path: Path) -> Iterator[Path]:
    tag = f"cpython-{layers.TARGET_VERSION.replace('.', '')}"
    return (path.parent / "__pycache__").glob(f"{path.stem}.{tag}.pyc")


if __name__ == "__main__":
    main()
