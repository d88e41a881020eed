"""A synthesized stack as tests read it: plain dictionaries, found by type and logical id."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.app import ROOT, build

CONTEXT: Mapping[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
Resource = Mapping[str, Any]
LAYERS = ("core", "deps-target", "deps-host")


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a synthesis wrote."""

    folder: Path

    @property
    def template(self) -> dict[str, Any]:
        template: dict[str, Any] = json.loads(
            (self.folder / "Breakwater.template.json").read_text()
        )
        return template

    def of_type(self, type_: str) -> dict[str, Resource]:
        """Return the resources of a type by logical id."""
        resources: dict[str, Resource] = self.template["Resources"]
        return {name: found for name, found in resources.items() if found["Type"] == type_}

    def properties(self, type_: str, prefix: str) -> dict[str, Any]:
        """Return the properties of the one resource whose logical id begins with `prefix`."""
        [found] = [
            resource["Properties"]
            for name, resource in self.of_type(type_).items()
            if name.startswith(prefix)
        ]
        properties: dict[str, Any] = found
        return properties

    def function(self, name: str) -> dict[str, Any]:
        return self.properties("AWS::Lambda::Function", name)

    def assets(self) -> set[str]:
        """Return the names of the staged assets, which are hashes of their content."""
        return {path.name for path in self.folder.glob("asset.*")}


def checkout(folder: Path) -> Path:
    """Make a checkout whose layers are staged as one small file each, and no network needed."""
    shutil.copytree(
        ROOT / "functions", folder / "functions", ignore=shutil.ignore_patterns("__pycache__")
    )
    for layer in LAYERS:
        package = folder / "build" / "layers" / layer / "python"
        package.mkdir(parents=True)
        (package / "module.py").write_text(f"{layer!r}\n")
    return folder


def synthesize(stage: str, *, root: Path, outdir: Path, **choices: str) -> Assembly:
    """Synthesize a stage with one deployment's own `choices`: attempt, rollout."""
    build(stage=stage, outdir=outdir, root=root, **choices).synth()
    return Assembly(outdir)
