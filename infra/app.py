"""The CDK app: `cdk synth -c stage=NAME`, or `python -m infra.app` where there is no CDK CLI.

STAGE in the environment names the stage as well, and wins. Run directly, the app reads cdk.json's
context itself (CDK_CONTEXT_JSON adds to it) and writes to CDK_OUTDIR or cdk.out.
"""

import json
import os
import sys
from pathlib import Path

from aws_cdk import App
from constructs import Construct

from infra.stack import BreakwaterStack
from infra.stage import Stage

ROOT = Path(__file__).resolve().parent.parent


def build(*, stage: str | None, outdir: Path, root: Path = ROOT) -> App:
    """Return the app with its one stack. `stage` defaults to the context's; `root` is the checkout."""
    config = json.loads((ROOT / "cdk.json").read_text())
    # Context from the CLI or CDK_CONTEXT_JSON takes precedence over what is given here.
    app = App(context=config["context"], outdir=str(outdir), analytics_reporting=False)
    names = ("stages", "services")
    context = {name: app.node.try_get_context(name) for name in names}
    BreakwaterStack(
        app,
        "Breakwater",
        stage=Stage.read(stage or app.node.try_get_context("stage"), context),
        root=root,
    )
    return app


def main() -> None:
    outdir = Path(os.environ.get("CDK_OUTDIR") or ROOT / "cdk.out")
    build(stage=os.environ.get("STAGE"), outdir=outdir).synth()


if __name__ == "__main__":
    main()
