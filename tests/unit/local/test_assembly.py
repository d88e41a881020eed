"""Reading an assembly and zipping its assets."""

import io
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from infra.local.assembly import read_assembly, zip_folder


@pytest.fixture
def cdk_out(tmp_path: Path) -> Path:
    template = {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "X"}},
            "Bare": {"Type": "AWS::DynamoDB::Table"},
            "Queue": {"Type": "AWS::SQS::Queue"},
        }
    }
    destination = {"bucketName": "b-${AWS::AccountId}-${AWS::Region}", "objectKey": "code.zip"}
    files = {"a": {"source": {"path": "asset.a"}, "destinations": {"here": destination}}}
    artifacts = {
        "S.assets": {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}},
        "S": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "S.template.json", "stackName": "the-stack"},
        },
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (tmp_path / "S.assets.json").write_text(json.dumps({"files": files}))
    (tmp_path / "S.template.json").write_text(json.dumps(template))
    (tmp_path / "asset.a").mkdir()
    return tmp_path


def test__assembly__is_read(cdk_out: Path) -> None:
    assembly = read_assembly(cdk_out)

    assert assembly.stack_name == "the-stack"
    assert assembly.folder_of("code.zip") == cdk_out / "asset.a"
    assert [asset.bucket for asset in assembly.assets] == ["b-000000000000-us-east-1"]
    assert dict(assembly.of_type("AWS::DynamoDB::Table")) == {
        "Table": {"BillingMode": "X"},
        "Bare": {},
    }


def test__folder_asset__is_zipped_and_file_is_not(cdk_out: Path) -> None:
    (asset,) = read_assembly(cdk_out).assets
    (cdk_out / "asset.a" / "handler.py").write_text("pass")

    assert zipfile.ZipFile(io.BytesIO(asset.content())).namelist() == ["handler.py"]


def fill(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    return folder


def test__zip__depends_on_names_and_content_only(tmp_path: Path) -> None:
    names = ["b/z.py", "a.py", "b/a.py"]
    one = fill(tmp_path / "one", names)
    other = fill(tmp_path / "other", names[::-1])
    for path in other.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)

    assert zip_folder(one) == zip_folder(other)


def test__zip__tells_programs_from_files(tmp_path: Path) -> None:
    folder = fill(tmp_path / "code", ["handler.py", "tool"])
    (folder / "tool").chmod(0o755)

    archive = zipfile.ZipFile(io.BytesIO(zip_folder(folder, {"bootstrap": "#!/bin/sh\n"})))

    modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert {name: bool(mode & stat.S_IXUSR) for name, mode in modes.items()} == {
        "bootstrap": True,
        "handler.py": False,
        "tool": True,
    }
    assert archive.read("bootstrap") == b"#!/bin/sh\n"
