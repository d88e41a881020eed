"""The program that starts a function's environment, and which layers it sees."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import glue
from infra.local.assembly import Assembly, Asset


def test__layers__only_the_functions_own_in_order(tmp_path: Path) -> None:
    def layer(key: str) -> dict[str, object]:
        return {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": key}}}

    assembly = Assembly(
        stack_name="s",
        template={"Resources": {name: layer(f"{name}.zip") for name in ("Core", "Deps", "Other")}},
        template_file=tmp_path / "t.json",
        assets=tuple(
            Asset(tmp_path / name, "bucket", f"{name}.zip") for name in ("Core", "Deps", "Other")
        ),
    )

    folders = glue.layer_folders(assembly, {"Layers": [{"Ref": "Deps"}, {"Ref": "Core"}]})

    assert folders == [tmp_path / "Deps" / "python", tmp_path / "Core" / "python"]


def test__bootstrap__sees_task_layers_and_runtime_and_nothing_else(tmp_path: Path) -> None:
    task, layer, runtime = (tmp_path / name for name in ("ta sk", "lay'er", "runtime"))
    for folder in (task, layer, runtime):
        folder.mkdir()
        (folder / f"{folder.name[:2]}_module.py").write_text("")
    (runtime / "awslambdaric.py").write_text(
        "import importlib.util, os, sys\n"
        "names = ['ta_module', 'la_module', 'ru_module', 'rich']\n"
        "found = [importlib.util.find_spec(name) is not None for name in names]\n"
        "print(sys.argv[1], found, os.environ['AWS_LAMBDA_LOG_GROUP_NAME'])\n"
        "print(os.environ['AWS_SDK_UA_APP_ID'] == f'worker-{os.getpid()}')\n"
    )
    program = tmp_path / "bootstrap"
    program.write_text(glue.bootstrap([layer], runtime))

    done = subprocess.run(  # noqa: S603 - the program under test
        ["/bin/sh", str(program)],
        env={
            "LAMBDA_TASK_ROOT": str(task),
            "_HANDLER": "handler.handler",
            "AWS_LAMBDA_FUNCTION_NAME": "f",
        },
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert done.stdout == "handler.handler [True, True, True, False] /aws/lambda/f\nTrue\n"


def test__interpreter__is_the_one_behind_the_virtual_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "_base_executable", "/usr/bin/python3.11", raising=False)

    assert glue.base_interpreter() == "/usr/bin/python3.11"
