"""The emulator by itself, and what is said when CloudFormation refuses a template."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.local import deployment
from infra.local.assembly import Assembly, Asset
from infra.local.aws import Aws
from infra.local.emulator import Emulator, running_emulator
from infra.local.errors import LocalStackError
from infra.local.ports import free_port


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(free_port(), tmp_path_factory.mktemp("emulator") / "run") as running:
        yield running
    with pytest.raises(ProcessLookupError):
        os.killpg(running.process.pid, 0)


def assembly_of(folder: Path, name: str, resources: Mapping[str, Any]) -> Assembly:
    template = {"Resources": resources, "Outputs": {"Name": {"Value": "a value"}}}
    file = folder / "t.json"
    file.write_text(json.dumps(template))
    return Assembly(name, template, file, (Asset(file, "assets", f"{name}.json"),))


def test__good_template__outputs_and_ids(emulator: Emulator, tmp_path: Path) -> None:
    assembly = assembly_of(
        tmp_path,
        "good",
        {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}},
    )

    made = deployment.deploy(Aws(emulator.endpoint), assembly)

    assert made.outputs == {"Name": "a value"}
    assert made.physical_ids["Topic"].endswith(":news")


def test__refused_template__names_resource_and_reason(emulator: Emulator, tmp_path: Path) -> None:
    function = {"Code": {"ZipFile": "pass"}, "Runtime": "python3.13", "Layers": ["no-arn"]}
    resources = {"Gadget": {"Type": "AWS::Lambda::Function", "Properties": function}}
    assembly = assembly_of(tmp_path, "bad", resources)

    with pytest.raises(LocalStackError, match=r"(?s)CloudFormation ended in .*Gadget: .*layer"):
        deployment.deploy(Aws(emulator.endpoint), assembly)


def test__template_is_no_asset__says_so(emulator: Emulator, tmp_path: Path) -> None:
    assembly = Assembly("none", {"Resources": {}}, tmp_path / "t.json", ())

    with pytest.raises(LocalStackError, match="its own template"):
        deployment.deploy(Aws(emulator.endpoint), assembly)


def test__never_done__given_up(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator, tmp_path: Path
) -> None:
    monkeypatch.setattr(deployment, "_DEPLOY_SECONDS", 0)

    with pytest.raises(LocalStackError, match="not done after 0 s"):
        deployment.deploy(Aws(emulator.endpoint), assembly_of(tmp_path, "slow", {}))
