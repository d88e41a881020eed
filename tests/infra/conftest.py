"""One synthesis for each stage and session: it takes seconds, and reading it takes none."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.infra.assemblies import Assembly, checkout, synthesize

STAGES = ("dev", "staging", "prod", "local")


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def assembly_of(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Assembly]:
    """Return the assembly of a stage, made at its first use."""

    @cache
    def assembly(stage: str) -> Assembly:
        return synthesize(stage, root=root, outdir=tmp_path_factory.mktemp(f"out-{stage}"))

    return assembly


@pytest.fixture(scope="session")
def dev(assembly_of: Callable[[str], Assembly]) -> Assembly:
    return assembly_of("dev")


@pytest.fixture(scope="session", params=STAGES)
def every(request: pytest.FixtureRequest, assembly_of: Callable[[str], Assembly]) -> Assembly:
    """Each stage in turn."""
    return assembly_of(request.param)
