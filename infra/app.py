"""The CDK app: `cdk synth -c stage=NAME`, or `python -m infra.app` where there is no CDK CLI.

STAGE in the environment names the stage too, and wins. ATTEMPT makes each function differ from what
was deployed before, and ROLLOUT is how many minutes this deployment's workflows are tried for, 0 if
not at all (docs/deploying.md). Run directly, the app reads cdk.json's context itself
(CDK_CONTEXT_JSON adds to it) and writes to CDK_OUTDIR or cdk.out.
"""

import json
import os
import sys
from pathlib import Path

from aws_cdk import App

from infra import nag
from infra.layers import LayerError
from infra.stack import BreakwaterStack
from infra.stage import Stage, StageError

ROOT = Path(__file__).resolve().parent.parent
CHOICES = ("stages", "services", "breakers", "rollout")
"""What of the context a stage is read from."""


def build(
    *,
    stage: str | None,
    outdir: Path,
    root: Path = ROOT,
    attempt: str | None = None,
    rollout: str | None = None,
) -> App:
    """Return the app with its stack: `stage` (default: the context's) of the checkout `root`."""
    config = json.loads((ROOT / "cdk.json").read_text())
    # What the CLI or CDK_CONTEXT_JSON says takes precedence over what is given here.
    given = {**config["context"], "attempt": attempt, "rollout": rollout}
    app = App(context=given, outdir=str(outdir), analytics_reporting=False)
    context = {name: app.node.try_get_context(name) for name in CHOICES}
    chosen = Stage.read(stage or app.node.try_get_context("stage"), context)
    BreakwaterStack(app, "Breakwater", stage=chosen, root=root)
    nag.check(app)
    return app


def main() -> None:
    """Synthesize. Exits with one sentence when the stage or a layer is not there."""
    outdir = Path(os.environ.get("CDK_OUTDIR") or ROOT / "cdk.out")
    try:
        build(
            stage=os.environ.get("STAGE"),
            outdir=outdir,
            attempt=os.environ.get("ATTEMPT"),
            rollout=os.environ.get("ROLLOUT"),
        ).synth()
    except (StageError, LayerError) as error:
        sys.exit(f"synth: {error}")


if __name__ == "__main__":
    main()
