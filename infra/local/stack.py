"""The local stack as one context manager: `with local_stack() as stack: ...`.

It comes up in steps (layers, template, emulator, deployment, stand-ins, seed) and is gone, with
every process and file of its run, when the body ends. Several may run side by side: what they share
is the cached assembly, and every run has a folder of its own beside it.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local import alarms, glue, metrics, seed, synthesis
from infra.local.assembly import Assembly, read_assembly
from infra.local.aws import Aws
from infra.local.deployment import Deployment, deploy
from infra.local.emulator import Emulator, log_of, running_emulator
from infra.local.errors import LocalStackError
from infra.local.ports import DEFAULT_PORT, choose_port
from infra.local.progress import Progress, quiet
from infra.local.standins.misbehaviour import Watch, unwatched
from infra.local.standins.server import StandIns, serve

STATE = synthesis.ROOT / ".local"
STAGE = "local"
OUTPUTS = {"AlarmTopicArn", "ApiId", "ConnectorsPath", "UserPoolClientId", "UserPoolId"}
"""What a stack cannot be used without."""
MINUTELY = {"circuits": "UpkeepFunction", "tasks": "SweepFunction"}
"""What is done each minute, and the output that names its function."""
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
"""As much of a schedule's event as any function may rely on."""


@dataclass
class LocalStack:
    """A running stack. `tokens` are by right (submit, operate, none) and valid for an hour."""

    api_url: str
    tokens: Mapping[str, str] = field(repr=False)
    standins: Mapping[str, str]
    control_url: str
    """Where stand-ins take faults: POST {control_url}/faults."""
    outputs: Mapping[str, str]
    functions: Mapping[str, str]
    """Every Lambda function's name, by its logical id."""
    aws: Aws
    emulator: Emulator = field(repr=False)
    users: seed.Users = field(repr=False)
    inbox: alarms.AlarmInbox = field(repr=False)

    def renew_tokens(self) -> None:
        """Log all users in again."""
        self.tokens = self.users.tokens(self.aws)

    def alarm_messages(self) -> list[dict[str, Any]]:
        """Return what the alarms' topic was told so far: AlarmName, NewStateValue and so on."""
        return self.inbox.messages()

    def run_upkeep(self, *names: str) -> dict[str, Any]:
        """Do at once what is done each minute, and return the answers: of MINUTELY, or all of it.

        Raises LocalStackError.
        """
        return {name: self._run(self.outputs[MINUTELY[name]]) for name in names or MINUTELY}

    def _run(self, function: str) -> Any:
        done = self.aws.functions.invoke(FunctionName=function, Payload=json.dumps(SCHEDULED))
        answer = json.loads(done["Payload"].read() or b"null")
        if done.get("FunctionError"):
            raise LocalStackError(f"Upkeep failed: {answer}")
        return answer


@contextmanager
def local_stack(
    state: Path = STATE,
    *,
    port: str | None = "0",
    progress: Progress | None = None,
    stage: str = STAGE,
    persist: bool = False,
    iam: bool = False,
    watch: Watch = unwatched,
    put: Callable[[Aws, Assembly], Deployment] = deploy,
) -> Iterator[LocalStack]:
    """Run the whole stack. `port` is as choose_port has it; by default a free one is taken.

    `state` keeps the assembly of one stage. With `persist` the emulator can be restarted, with
    `iam` functions may do what their roles allow and nothing else; `watch` is shown what vendors'
    stand-ins are asked and answer; `put` makes the stack of the assembly. Raises: LocalStackError.
    """
    progress = progress or quiet()
    number = _chosen_port(port, progress)
    _sweep(state)
    prepare(state, progress, stage)
    run = state / f"run-{os.getpid()}-{number}"
    with ExitStack() as cleanup:
        cleanup.callback(_clear, run, state)
        with progress.step(f"Starting MiniStack on 127.0.0.1:{number}"):
            emulator = cleanup.enter_context(
                running_emulator(number, run, persist=persist, iam=iam)
            )
        aws, assembly = Aws(emulator.endpoint), read_assembly(state / "cdk.out")
        deployment = _deploy(aws, assembly, progress, put)
        if iam:
            glue.name_secrets_by_arn(aws)
        with progress.step("Starting the vendors' stand-ins"):
            standins = cleanup.enter_context(serve(watch=watch))
        with progress.step("Seeding users, settings and secrets"):
            stack = _seeded(aws, emulator, _functions(assembly, deployment), deployment, standins)
        cleanup.enter_context(metrics.pumping(aws, metrics.log_groups(assembly, deployment)))
        yield stack


def prepare(state: Path, progress: Progress, stage: str = STAGE) -> None:
    """Make the layers and the assembly, unless nothing that they are made from has changed."""
    with synthesis.exclusive(state):
        # Taken first: what is edited meanwhile is found changed at the next start.
        inputs = synthesis.digest(synthesis.ROOT, stage)
        if synthesis.is_current(state, inputs):
            return
        with progress.step("Staging the layers"):
            synthesis.stage_layers()
        with progress.step("Synthesizing the template"):
            synthesis.synthesize(state, stage)
        synthesis.mark_current(state, inputs)


def is_process(pid: int) -> bool:
    """Say whether a process of this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _chosen_port(port: str | None, progress: Progress) -> int:
    number = choose_port(port)
    if not port and number != DEFAULT_PORT:
        progress.note(f"Port {DEFAULT_PORT} is taken: this stack is on {number}.")
    return number


def _seeded(
    aws: Aws,
    emulator: Emulator,
    functions: Mapping[str, str],
    deployment: Deployment,
    standins: StandIns,
) -> LocalStack:
    """Return the stack with everything in it that its clients and functions rely on."""
    outputs = deployment.outputs
    users = seed.create_users(aws, outputs)
    seed.configure_vendors(aws, outputs, standins)
    return LocalStack(
        api_url=f"{aws.endpoint}/_aws/execute-api/{outputs['ApiId']}/$default",
        tokens=users.tokens(aws),
        standins={vendor: standins.url_of(vendor) for vendor in standins.vendors},
        control_url=standins.control_url,
        outputs=outputs,
        functions=functions,
        aws=aws,
        emulator=emulator,
        users=users,
        inbox=alarms.subscribe(aws, outputs["AlarmTopicArn"]),
    )


def _deploy(
    aws: Aws,
    assembly: Assembly,
    progress: Progress,
    put: Callable[[Aws, Assembly], Deployment],
) -> Deployment:
    with progress.step("Deploying the template"):
        deployment = put(aws, assembly)
        glue.apply(aws, assembly, deployment, synthesis.RUNTIME)
        if missing := OUTPUTS - deployment.outputs.keys():
            raise LocalStackError(f"The template has no output {', '.join(sorted(missing))}.")
    return deployment


def _functions(assembly: Assembly, deployment: Deployment) -> dict[str, str]:
    return {
        logical_id: deployment.physical_ids[logical_id]
        for logical_id, _ in assembly.of_type("AWS::Lambda::Function")
    }


def _clear(run: Path, state: Path) -> None:
    # The log outlives its run: it is what one reads when something went wrong.
    with suppress(FileNotFoundError):
        log_of(run).replace(log_of(state))
    shutil.rmtree(run, ignore_errors=True)


def _sweep(state: Path) -> None:
    """Remove the folders of runs that were killed before they could."""
    for run in state.glob("run-*-*"):
        if not is_process(int(run.name.split("-")[1])):
            shutil.rmtree(run, ignore_errors=True)
