"""Stage what the Lambdas import under build/layers/, without Docker: `python -m infra.layers`.

    core          this repository's own package
    deps-target   third-party packages for the Lambda runtime (Linux arm64)
    deps-host     the same lock for this interpreter: the local stage runs on this machine
    runtime-host  what the Lambda runtime itself ships: for the local stage, never in the template

Bytecode is compiled here, because a Lambda cannot keep what it compiles: every cold start would
compile again. Its invalidation is "unchecked-hash", since a zip does not keep the times that the
default compares. A layer whose inputs have not changed is left alone.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET_VERSION = "3.13"
TARGET_PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")
SHIPPED_BY_THE_RUNTIME = ("boto3", "awslambdaric")

# METADATA and licences stay: the first tells versions at run time, the second is owed.
NOISE = ("bin", "**/tests", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED")
CACHES = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


class LayerError(RuntimeError):
    """A layer is missing, or cannot be staged here."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that can compile bytecode of its own version."""

    executable: str
    tag: str

    def compile(self, folder: Path) -> None:
        """Compile all of `folder`, reproducibly, as if it were mounted where Lambda mounts it."""
        _run(
            self.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
            "-s", str(folder), "-p", "/opt", str(folder),
        )  # fmt: skip


HOST = Interpreter(sys.executable, sys.version)


def staged(root: Path, name: str) -> Path:
    """Return the folder of a staged layer. Raises LayerError naming the command that stages it."""
    folder = _layers(root) / name
    if not folder.is_dir():
        flag = "--host" if name.endswith("-host") else "--target"
        raise LayerError(f"{folder} is not staged: run `python -m infra.layers {flag}` first")
    return folder


def find_target_python() -> Interpreter | None:
    """Return an interpreter of the Lambda runtime's version, or None where there is none."""
    probe = "import sys; print('%d.%d' % sys.version_info[:2], sys.version)"
    for executable in (sys.executable, shutil.which(f"python{TARGET_VERSION}")):
        if executable is None:
            continue
        # A version manager's shim may be on PATH and have nothing to run.
        command = [executable, "-c", probe]
        found = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        version, _, tag = found.stdout.strip().partition(" ")
        if found.returncode == 0 and version == TARGET_VERSION:
            return Interpreter(executable, tag)
    return None


def stage_core(root: Path, compiler: Interpreter | None) -> None:
    """Stage this repository's own package."""
    source = root / "layers" / "core" / "python" / "breakwater"

    def build(folder: Path) -> None:
        shutil.copytree(source, folder / "python" / "breakwater", ignore=CACHES)
        if compiler:
            compiler.compile(folder)

    _refresh(_layers(root) / "core", [*_contents(source), _tag(compiler)], build)


def stage_deps_target(root: Path, compiler: Interpreter | None) -> None:
    """Stage the runtime lock's wheels for Lambda."""
    lock = root / "layers" / "deps" / "requirements.txt"

    def build(folder: Path) -> None:
        platforms = [word for name in TARGET_PLATFORMS for word in ("--platform", name)]
        _install(
            lock, folder, *platforms, "--python-version", TARGET_VERSION, "--implementation", "cp"
        )
        if compiler:
            compiler.compile(folder)

    _refresh(_layers(root) / "deps-target", [lock.read_bytes(), _tag(compiler)], build)


def stage_deps_host(root: Path) -> None:
    """Stage the runtime lock's wheels for this interpreter."""
    lock = root / "layers" / "deps" / "requirements.txt"

    def build(folder: Path) -> None:
        _install(lock, folder)
        HOST.compile(folder)

    _refresh(_layers(root) / "deps-host", [lock.read_bytes(), _tag(HOST)], build)


def stage_runtime_host(root: Path) -> None:
    """Stage what the Lambda runtime ships, at the versions of this environment's lock."""
    distributions = _closure(SHIPPED_BY_THE_RUNTIME)

    def build(folder: Path) -> None:
        for distribution in distributions.values():
            for file in distribution.files or ():
                if ".." in file.parts or "__pycache__" in file.parts:
                    continue
                copy = folder / "python" / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), copy)
        _prune(folder / "python")
        HOST.compile(folder)

    versions = [
        f"{name}=={found.version}".encode() for name, found in sorted(distributions.items())
    ]
    _refresh(_layers(root) / "runtime-host", [*versions, _tag(HOST)], build)


def _layers(root: Path) -> Path:
    return root / "build" / "layers"


def _tag(interpreter: Interpreter | None) -> bytes:
    return (interpreter.tag if interpreter else "source only").encode()


def _contents(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not CACHES(str(folder), list(path.relative_to(folder).parts)):
            yield str(path.relative_to(folder)).encode()
            yield path.read_bytes()


def _refresh(folder: Path, inputs: Iterable[bytes], build: Callable[[Path], None]) -> None:
    """Build a layer beside `folder` and put it there whole, unless it was built from `inputs`."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for part in inputs:
        digest.update(hashlib.sha256(part).digest())
    stamp = folder.with_name(f"{folder.name}.stamp")
    if folder.is_dir() and stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    started = time.monotonic()
    print(f"Staging layer {folder.name} ...", end="", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as work:
        fresh = Path(work) / "layer"
        fresh.mkdir()
        build(fresh)
        stamp.unlink(missing_ok=True)
        if folder.exists():
            folder.rename(Path(work) / "old")
        fresh.rename(folder)
    stamp.write_text(digest.hexdigest())
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def _install(lock: Path, folder: Path, *options: str) -> None:
    """Let pip unpack `lock`, hashes checked and nothing built, into `folder`/python."""
    _run(
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-input", "--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile",
        "--target", str(folder / "python"), "--requirement", str(lock), *options,
    )  # fmt: skip
    _prune(folder / "python")


def _prune(packages: Path) -> None:
    for pattern in NOISE:
        for path in list(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _closure(names: Iterable[str]) -> dict[str, metadata.Distribution]:
    """Return the installed distributions `names` and all that they need."""
    found: dict[str, metadata.Distribution] = {}
    queue = list(names)
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # its marker excludes this interpreter, or the lock would have brought it
        needed = [line for line in found[name].requires or () if "extra ==" not in line]
        queue.extend(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed)
    return found


def _run(*command: str) -> None:
    """Run quietly. Raises LayerError with the whole output."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # sets are compiled in hash order
    done = subprocess.run(command, capture_output=True, text=True, env=environment)  # noqa: S603
    if done.returncode:
        raise LayerError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Stage the layers that the options name; without one, all of them."""
    parser = argparse.ArgumentParser(prog="python -m infra.layers", description=main.__doc__)
    parser.add_argument("--target", action="store_true", help="what the Lambda runtime imports")
    parser.add_argument("--host", action="store_true", help="what the local stage imports")
    parser.add_argument(
        "--require-pyc",
        action="store_true",
        help=f"fail where there is no Python {TARGET_VERSION} to compile with",
    )
    options = parser.parse_args()
    every = not (options.target or options.host)
    compiler = find_target_python()
    if options.require_pyc and compiler is None:
        sys.exit(f"layers: no python{TARGET_VERSION} on PATH, so every cold start would compile")
    try:
        stage_core(ROOT, compiler)
        if options.target or every:
            stage_deps_target(ROOT, compiler)
        if options.host or every:
            stage_deps_host(ROOT)
            stage_runtime_host(ROOT)
    except LayerError as error:
        sys.exit(f"layers: {error}")


if __name__ == "__main__":
    main()
