"""A cold start and a 202 beside the usual serverless stack and the original design.

    python -m tests.benchmarks.stack [--rounds 21]

CPU of processes that take turns. AWS is a stub on loopback that answers at once; Redis is a real
one. The serverless contestants run on the layers that Lambda would mount, compiled, and on nothing
of the development environment. Writes build/bench-stack.json.
"""

import argparse
import json
import multiprocessing as mp
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra import layers
from tests.benchmarks.report import Entry, Spread, beside, save
from tests.benchmarks.stack.stub import serve
from tests.benchmarks.surroundings import PYTHON, Peers, peers
from tests.fakes.events import post_event
from tests.functions.lambdas import FUNCTIONS, REGION, VALUES
from tests.proofs.report import show

HERE = Path(__file__).parent
BODY = {
    "connector_type": "intune",
    "payload": {
        "app_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001",
        "group_id": "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0099",
        "intent": "required",
    },
}
NOTHING = "-"
"""In an event's place: the handler is imported and answers no request."""
TRACE = "Root=1-67891234-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
OURS, USUAL, ORIGINAL = "breakwater", "usual serverless stack", "Django, DRF, Celery, Redis"


@dataclass(frozen=True, slots=True)
class Contestant:
    """What is run, on what."""

    who: str
    what: str
    arguments: tuple[str, ...]
    python: tuple[str, ...]
    variables: Mapping[str, str]


Measured = dict[tuple[str, str], dict[str, list[float]]]
"""By who and what: each quantity's values, a value a round."""


def main() -> None:
    """Let the contestants take turns."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stack")
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    layers.stage_deps_host(layers.ROOT)
    layers.stage_runtime_host(layers.ROOT)
    with (
        _stub() as aws,
        peers() as found,
        tempfile.NamedTemporaryFile("w", suffix=".json") as event,
    ):
        json.dump(post_event(BODY), event)
        event.flush()
        contestants = [*_ours(aws, event.name)]
        if not found.absent:
            contestants += _peers(aws, event.name, found)
        times = measured(contestants, rounds)
    _show(times)
    spreads = {f"{who}: {what}": _spreads(values) for (who, what), values in times.items()}
    save("stack", rows(times, found.absent), cpu_ms=spreads, absent=found.absent)


def measured(contestants: list[Contestant], rounds: int) -> Measured:
    """Return what each contestant's processes took. Milliseconds of CPU."""
    found: Measured = {(each.who, each.what): {} for each in contestants}
    for turn in range(rounds + 1):
        show(f"round {turn} of {rounds}" + ("" if turn else ", which may compile: not counted"))
        for each in contestants:
            for quantity, value in _run(each).items():
                if turn:
                    found[each.who, each.what].setdefault(quantity, []).append(value)
    return found


def rows(found: Measured, absent: str = "") -> list[Entry]:
    """Hold what was measured against the targets."""

    def spread(who: str, what: str, quantity: str) -> Spread | None:
        values = found.get((who, what), {}).get(quantity)
        return Spread.of(values) if values else None

    def row(number: int, name: str, what: str, quantity: str, most: float, versus: str) -> Entry:
        ours = spread(OURS, what, quantity)
        assert ours is not None, what
        peer = spread(versus, what, quantity)
        return beside(number, name, ours, peer, most, versus=versus, absent=absent)

    return [
        row(1, "API cold init, CPU ms", "api", "cold", 0.42, USUAL),
        row(1, "API cold, up to its first 202, CPU ms", "api", "first", 0.42, USUAL),
        row(1, "step cold init, CPU ms", "step", "cold", 0.60, USUAL),
        row(3, "one 202 request, CPU ms", "api", "request", 1.0, ORIGINAL),
        row(3, "one 202 request, CPU ms: stretch", "api", "request", 0.6, ORIGINAL),
        row(3, "one 202 request, CPU ms: usual stack", "api", "request", 1.0 / 1.76, USUAL),
    ]


def _ours(aws: str, event: str) -> Iterator[Contestant]:
    source = layers.ROOT / "layers" / "core" / "python"
    variables = _variables(aws, source)
    for what, folder, answered in (("api", "api", event), ("step", "deployment/submit", NOTHING)):
        arguments = (str(FUNCTIONS / folder / "handler.py"), answered)
        yield Contestant(OURS, what, arguments, (sys.executable, "-S"), variables)


def _peers(aws: str, event: str, found: Peers) -> Iterator[Contestant]:
    variables = _variables(aws, after=Path(found.packages))
    for what, name, answered in (("api", "usual.py", event), ("step", "usual_step.py", NOTHING)):
        arguments = (str(HERE / name), answered, "connect")
        yield Contestant(USUAL, what, arguments, (sys.executable, "-S"), variables)
    yield Contestant(
        ORIGINAL,
        "api",
        (str(HERE / "original.py"), event),
        (str(PYTHON),),
        {"PATH": os.environ["PATH"], "REDIS_URL": found.redis},
    )


def _variables(aws: str, *before: Path, after: Path | None = None) -> dict[str, str]:
    mounted = [
        layers.staged(layers.ROOT, name) / "python" for name in ("deps-host", "runtime-host")
    ]
    return {
        **VALUES,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_ENDPOINT_URL": aws,
        "DEPLOYMENT_MACHINE_ARN": json.loads(VALUES["MACHINES"])["deployment"],
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, [*before, *mounted, *([after] if after else [])])),
        # As on Lambda: without these, powertools' tracer turns itself off.
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "_X_AMZN_TRACE_ID": TRACE,
    }


@contextmanager
def _stub() -> Iterator[str]:
    near, far = mp.Pipe()
    stub = mp.get_context("spawn").Process(target=serve, args=(far,), daemon=True)
    stub.start()
    try:
        if not near.poll(30):
            raise SystemExit("the stub does not start")
        yield f"http://127.0.0.1:{near.recv()}"
    finally:
        stub.kill()


def _run(contestant: Contestant) -> dict[str, float]:
    command = [*contestant.python, str(HERE / "contestant.py"), *contestant.arguments]
    done = subprocess.run(  # noqa: S603 - interpreters and files of ours
        command, env=dict(contestant.variables), capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        raise SystemExit(f"{contestant.who} ({contestant.what}) failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])  # above it: log lines
    return found


def _show(found: Measured) -> None:
    show(
        f"{'what':<6} {'of whom':<28} {'quantity':<9} {'n':>3} {'median':>8} {'min':>8} {'max':>8}"
    )
    for (who, what), quantities in found.items():
        for quantity, values in quantities.items():
            of = Spread.of(values)
            show(
                f"{what:<6} {who:<28} {quantity:<9} {of.n:>3} {of.median:>8.2f} "
                f"{of.min:>8.2f} {of.max:>8.2f}"
            )


def _spreads(quantities: Mapping[str, list[float]]) -> dict[str, Any]:
    return {name: asdict(Spread.of(values)) for name, values in quantities.items()}


if __name__ == "__main__":
    main()
