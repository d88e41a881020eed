import json
import re
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_sqs as sqs

from infra import nag
from tests.infra.assemblies import Assembly

REPORT = "validation-report.json"


def test__rules__ran_and_found_nothing(every: Assembly) -> None:
    report = json.loads((every.folder / REPORT).read_text())
    [rules] = [each for each in report["pluginReports"] if each["pluginName"] == nag.PACK]
    assert (rules["conclusion"], rules["violations"]) == ("success", [])


def test__waivers__are_all_needed_and_have_a_reason(dev: Assembly) -> None:
    report = json.loads((dev.folder / REPORT).read_text())
    used = {
        re.sub(r"<\w+Machine\w+\.Name>", f"<{nag.EACH_MACHINE}.Name>", suppressed["ruleName"])
        for plugin in report["pluginReports"]
        for suppressed in plugin["suppressedViolations"]
    }
    found = {
        re.sub(r"<\w+Function[0-9A-F]{8}\.Arn>", f"<{nag.EACH_FUNCTION}.Arn>", rule)
        for rule in used
    }
    assert {f"{nag.PACK}-{waiver.rule}" for waiver in nag.WAIVERS} == found
    assert all(len(waiver.reason) > 40 for waiver in nag.WAIVERS)


def test__rule__that_is_broken_without_a_waiver__stops_the_synthesis(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    sqs.Queue(Stack(app, "Careless"), "Queue", enforce_ssl=False)
    nag.check(app)
    with pytest.raises(RuntimeError, match="SQS4"):
        app.synth()
