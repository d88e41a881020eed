"""The CDK's command line: whose program it is, what it may know, and what becomes of its faults."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from infra import toolkit
from infra.local import cdk
from infra.local.assembly import Assembly
from infra.local.aws import ACCOUNT, REGION, Aws
from infra.local.deployment import Deployment
from infra.local.errors import LocalStackError
from infra.programs import ProgramError

MADE = Deployment({"ApiId": "abc"}, {"Api": "abc"})
ASSEMBLY = Assembly("breakwater-local", {}, Path("/assembly/Breakwater.template.json"), ())


@pytest.fixture
def _program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program in its place: Python, which runs what it is given after -c."""
    program = tmp_path / "cdk"
    program.touch()
    monkeypatch.setattr(toolkit, "PROGRAM", program)
    monkeypatch.setattr(
        toolkit, "command", lambda *words: [sys.executable, "-c", words[-1], *words[:-1]]
    )


def test__command__is_the_pinned_program_on_the_lock_s_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolkit, "PROGRAM", tmp_path / "cdk")
    (tmp_path / "cdk").touch()
    node, program, *words = toolkit.command("deploy", "--all")

    assert node.endswith("bin/node")
    assert os.access(node, os.X_OK)
    assert program == str(tmp_path / "cdk")
    assert words == ["deploy", "--all", *toolkit.QUIET]


def test__not_installed__says_how_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(toolkit, "PROGRAM", tmp_path / "none")

    with pytest.raises(ProgramError, match=r"run `make build/node/\.ready` first"):
        toolkit.run("deploy", environment={}, seconds=60)


def test__not_installed__at_the_terminal__is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolkit, "PROGRAM", tmp_path / "none")

    assert toolkit.main(["deploy"]) == 1
    assert capsys.readouterr().err.endswith("run `make build/node/.ready` first\n")


@pytest.mark.usefixtures("_program")
def test__run__knows_its_environment_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of the user")
    script = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"

    assert toolkit.run("deploy", script, environment={"A": "1"}, seconds=60).strip() == "['A']"


@pytest.mark.usefixtures("_program")
def test__run__fails__its_last_words_are_the_error() -> None:
    script = "import sys; print('x' * 5000, 'no such role'); sys.exit(1)"

    with pytest.raises(ProgramError, match=r"^cdk deploy failed:\n.*no such role$") as said:
        toolkit.run("deploy", script, environment={}, seconds=60)
    assert len(str(said.value)) < 4100


@pytest.mark.usefixtures("_program")
def test__run__takes_too_long__is_ended() -> None:
    script = "import time; time.sleep(60)"

    with pytest.raises(ProgramError, match=r"cdk deploy took over 0.1 s"):
        toolkit.run("deploy", script, environment={}, seconds=0.1)


@pytest.mark.usefixtures("_program")
def test__at_the_terminal__its_exit_code_is_ours() -> None:
    assert toolkit.main(["deploy", "import sys; sys.exit(7)"]) == 7


class Toolkit:
    """Notes what the CDK is asked, and fails at `failing`."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.asked: list[tuple[str, ...]] = []
        self.environments: list[Mapping[str, str]] = []

    def run(self, *words: str, environment: Mapping[str, str], seconds: float) -> str:
        assert seconds > 0
        assert Path(environment["HOME"]).is_dir()
        self.asked.append(words)
        self.environments.append(environment)
        if words[0] == self.failing:
            raise ProgramError(f"cdk {words[0]} failed:\nno such role")
        return ""


def deployed(monkeypatch: pytest.MonkeyPatch, toolkit_: Toolkit) -> Deployment:
    def read(_: Any, name: str) -> Deployment:
        assert name == ASSEMBLY.stack_name
        return MADE

    monkeypatch.setattr(toolkit, "run", toolkit_.run)
    monkeypatch.setattr(cdk, "read_deployment", read)
    aws = Aws("http://127.0.0.1:4566")
    with Stubber(aws.s3) as s3:
        s3.add_response("list_buckets", {"Buckets": [{"Name": "assets"}]})
        s3.add_response("delete_bucket_policy", {}, {"Bucket": "assets"})
        made = cdk.deploy_as_an_account(aws, ASSEMBLY)
        s3.assert_no_pending_responses()
    return made


def test__account__is_bootstrapped_then_deployed_from_the_assembly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Toolkit()

    assert deployed(monkeypatch, made) is MADE
    app = ("--app", "/assembly")
    assert made.asked == [
        ("bootstrap", *app, f"aws://{ACCOUNT}/{REGION}"),
        ("deploy", *app, "--require-approval", "never", "--all"),
    ]


def test__account__is_the_emulators_and_nothing_of_the_users_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_PROFILE_OF_MINE", "AWS_SESSION_TOKEN", "HTTPS_PROXY", "NODE_OPTIONS"):
        monkeypatch.setenv(name, "of the user")
    made = Toolkit()
    deployed(monkeypatch, made)

    assert len(made.environments) == 2
    for environment in made.environments:
        assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
        assert "of the user" not in environment.values()
        assert environment["HOME"] != os.environ.get("HOME")
        assert not Path(environment["HOME"]).exists()  # gone with the run


def test__account__deployment_fails__in_the_toolkits_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalStackError, match="cdk deploy failed:\nno such role"):
        deployed(monkeypatch, Toolkit(failing="deploy"))
