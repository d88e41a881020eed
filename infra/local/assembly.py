"""Reads the synthesized assembly: the template, its assets, and the zips that are uploaded."""

import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.aws import ACCOUNT, REGION

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Asset:
    """One file of the assembly and where the template expects it."""

    source: Path
    bucket: str
    key: str

    def content(self) -> bytes:
        """Return what is uploaded: the file, or the folder as a zip."""
        return zip_folder(self.source) if self.source.is_dir() else self.source.read_bytes()


@dataclass(frozen=True)
class Assembly:
    """What the CDK app made of its one stack."""

    stack_name: str
    template: Mapping[str, Any]
    template_file: Path
    assets: tuple[Asset, ...]

    @property
    def resources(self) -> Mapping[str, Any]:
        """The template's resources by logical id."""
        resources: Mapping[str, Any] = self.template["Resources"]
        return resources

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield logical id and properties of every resource of a type."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource.get("Properties", {})

    def folder_of(self, key: str) -> Path:
        """Return the asset that the template calls `key`."""
        return next(asset.source for asset in self.assets if asset.key == key)


def read_assembly(folder: Path) -> Assembly:
    """Read a synthesized assembly of one stack."""
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"].values()
    (stack,) = (item for item in artifacts if item["type"] == "aws:cloudformation:stack")
    (listing,) = (item for item in artifacts if item["type"] == "cdk:asset-manifest")
    files = json.loads((folder / listing["properties"]["file"]).read_text())["files"]
    template_file = folder / stack["properties"]["templateFile"]
    assets = [
        Asset(
            source=folder / file["source"]["path"],
            bucket=_resolved(destination["bucketName"]),
            key=_resolved(destination["objectKey"]),
        )
        for file in files.values()
        for destination in file["destinations"].values()
    ]
    return Assembly(
        stack_name=stack["properties"].get("stackName", template_file.name.split(".")[0]),
        template=json.loads(template_file.read_text()),
        template_file=template_file,
        assets=tuple(assets),
    )


def zip_folder(folder: Path, programs: Mapping[str, str] | None = None) -> bytes:
    """Return the folder as a zip that depends on nothing but its files' names, content and x-bits.

    `programs` are added as executable files.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            executable = os.access(path, os.X_OK)
            _add(archive, path.relative_to(folder).as_posix(), path.read_bytes(), executable)
        for name, text in sorted((programs or {}).items()):
            _add(archive, name, text.encode(), executable=True)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, executable: bool) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3  # Unix, on whatever system: the permissions below are its
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    archive.writestr(entry, content)


def _resolved(text: str) -> str:
    for name, value in {"AccountId": ACCOUNT, "Region": REGION, "Partition": "aws"}.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text
