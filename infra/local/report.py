"""What people read: the scenario's table, and how to use the stack that is up."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.box import ASCII, HEAVY_HEAD
from rich.console import Console
from rich.table import Table

from infra.local.aws import ACCESS_KEY, REGION, SECRET_KEY
from infra.local.cases import CASES
from infra.local.outage import Seen
from infra.local.scenario import Result
from infra.local.stack import LocalStack

_PLAIN_WIDTH = 200
"""In a log file or a pipe nothing is folded."""


def console() -> Console:
    """Return the terminal, or plain text of a fixed width where there is none."""
    # Not the console's own word: with FORCE_COLOR it takes a pipe for a terminal.
    return Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)


def show_results(results: Sequence[Result], console: Console) -> int:
    """Print the table and what is wrong; return the exit code: 0 only if nothing is."""
    table = _table("The main job", console)
    for column in ("task", "service", "what", "expected", "got", "statuses seen", "breaker"):
        table.add_column(column)
    for column in ("attempts", "seconds"):
        table.add_column(column, justify="right")
    for result in results:
        table.add_row(*_cells(result))
    console.print(table)
    faults = [
        (f"{result.case.service}: {result.case.name}", result.fault)
        for result in results
        if result.fault
    ]
    for name, fault in faults:
        console.print(f"[red]✗[/red] {name}: ", end="")
        console.print(fault, markup=False)
    good = bool(results) and not faults
    verdict = "Every task ended as expected." if good else "Not every task ended as expected."
    console.print(f"[{'green' if good else 'red'}]{verdict}")
    return 0 if good else 1


def show_outage(seen: Sequence[Seen], console: Console) -> int:
    """Print what was seen of the outage; return the exit code: 0 only if all of it is right."""
    table = _table("A vendor dies and recovers; an operator takes a hand", console)
    for column in ("what", "expected", "got"):
        table.add_column(column)
    for line in seen:
        table.add_row(line.what, line.expected, f"[{'green' if line.ok else 'red'}]{line.got}")
    console.print(table)
    good = bool(seen) and all(line.ok for line in seen)
    verdict = "The outage went as expected." if good else "The outage did not go as expected."
    console.print(f"[{'green' if good else 'red'}]{verdict}")
    return 0 if good else 1


def _table(title: str, console: Console) -> Table:
    box = HEAVY_HEAD if console.is_terminal else ASCII
    return Table(title=title, title_justify="left", box=box)


def show_usage(stack: LocalStack, file: Path, console: Console) -> None:
    """Print where the stack is and commands that can be pasted."""
    endpoint = stack.aws.endpoint
    machine = stack.outputs["DeploymentMachineArn"]
    aws = (
        f"AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} "
        f"AWS_DEFAULT_REGION={REGION} aws --endpoint-url {endpoint}"
    )
    body = json.dumps({"connector_type": "intune", "payload": CASES[0].payload})
    curl = (
        f"curl -i -X POST {shlex.quote(f'{stack.api_url}/api/v1/deployments')} "
        f"-H 'Authorization: Bearer {stack.tokens['submit']}' "
        f"-H 'Content-Type: application/json' -d {shlex.quote(body)}"
    )
    sections = {
        f"API: {stack.api_url}/api/v1": [],
        f"Post a deployment (the token is valid for an hour; {file} always holds a fresh one):": [
            curl
        ],
        "See its execution (the emulator has no console; this is the AWS CLI):": [
            f"{aws} stepfunctions list-executions --state-machine-arn {machine}",
            f"{aws} stepfunctions get-execution-history --execution-arn EXECUTION_ARN",
            f"{aws} dynamodb scan --table-name {stack.outputs['ExecutionsTable']}",
            f"{aws} logs describe-log-groups",
        ],
        f"The vendors' stand-ins; faults and counts at {stack.control_url}:": list(
            stack.standins.values()
        ),
    }
    for title, commands in sections.items():
        console.print(f"\n[bold]{title}[/bold]", soft_wrap=True)
        for command in commands:
            # Unfolded, or it could not be pasted.
            console.print(command, soft_wrap=True, markup=False)
    console.print("\nCtrl-C stops everything.")


def _cells(result: Result) -> list[str]:
    case, run = result.case, result.run
    if run is None:
        refused = "[red]not accepted[/red]"
        asked = [case.service, case.name, case.expected]
        return ["-", *asked, refused, "-", result.breaker, "-", "-"]
    status = str(run.last.get("status"))
    if case.shows is not None and run.last.get("result"):
        status += f": {case.shows(run.last['result'])}"
    return [
        run.task_id,
        case.service,
        case.name,
        case.expected,
        f"[{'red' if result.fault else 'green'}]{status}",
        " → ".join(run.statuses),
        result.breaker,
        str(run.last.get("attempt", "-")),
        f"{run.seconds:.1f}",
    ]
