import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra import app
from infra.app import ROOT
from infra.layers import LayerError
from tests.infra.assemblies import Assembly

SECONDS = 60


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run the app as the Makefile does, with no PATH on which a Node could be found."""
    inherited = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE")}
    return subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env={"HOME": str(Path.home()), "PATH": "", **inherited, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def test__app__stage_that_is_not_there__is_one_sentence(tmp_path: Path) -> None:
    done = run(STAGE="prd", CDK_OUTDIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("synth: no stage 'prd' in the context")
    assert len(done.stderr.splitlines()) == 1


def test__app__context_of_the_cli__chooses_the_stage(tmp_path: Path) -> None:
    done = run(CDK_CONTEXT_JSON=json.dumps({"stage": "nowhere"}), CDK_OUTDIR=str(tmp_path))
    assert "no stage 'nowhere'" in done.stderr


def test__main__synthesizes_the_stage_of_the_environment(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = app.build
    monkeypatch.setattr(app, "build", lambda **choices: real(**choices, root=root))
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    app.main()
    function = Assembly(tmp_path).function("DeploymentSubmit")
    assert function["Environment"]["Variables"]["POLL_INTERVAL_SECONDS"] == "1"


def test__main__hands_on_what_one_deployment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def build(**choices: object) -> SimpleNamespace:
        given.update(choices)
        return SimpleNamespace(synth=lambda: None)

    monkeypatch.setattr(app, "build", build)
    for name, value in {"STAGE": "prod", "ATTEMPT": "2", "ROLLOUT": "0"}.items():
        monkeypatch.setenv(name, value)
    app.main()
    assert given.items() >= {"stage": "prod", "attempt": "2", "rollout": "0"}.items()


def test__app__layer_that_is_not_staged__names_the_command(tmp_path: Path) -> None:
    for stage, flag in (("local", "--host"), ("dev", "--target")):
        (tmp_path / "build" / "layers" / "core").mkdir(parents=True, exist_ok=True)
        with pytest.raises(LayerError, match=f"run `python -m infra.layers {flag}` first"):
            app.build(stage=stage, outdir=tmp_path / "out", root=tmp_path)
