"""The main job, run whole: four deployments at a time, whose ends are known beforehand."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from infra.local.client import Client, Run
from infra.local.stack import LocalStack
from infra.local.standins import intune

SECONDS = 90.0
"""Every task has ended by then, or the scenario has failed."""

FAILED_CALLS = 3


@dataclass(frozen=True)
class Case:
    """A deployment and what must become of it."""

    name: str
    payload: Mapping[str, Any]
    end: str
    through: frozenset[str] = frozenset()
    """Statuses that must have been seen on the way."""
    arrange: Callable[[LocalStack], None] | None = None
    """What is done to the vendor before."""

    @property
    def expected(self) -> str:
        """The expectation in words."""
        return " → ".join([*sorted(self.through), self.end])


@dataclass(frozen=True)
class Result:
    """A case, and what became of it: a run, or why there is none."""

    case: Case
    run: Run | None = None
    refusal: str | None = None

    @property
    def fault(self) -> str | None:
        """What is wrong with it, or None."""
        if self.run is None:
            return self.refusal or "nothing is known of it"
        if not self.run.ended:
            return f"stuck in {self.run.last['status']} after {self.run.seconds:.0f} s"
        if self.run.last["status"] != self.case.end:
            return f"ended as {self.run.last['status']}: {self.run.last.get('error')}"
        if missing := self.case.through - set(self.run.statuses):
            return f"{', '.join(sorted(missing))} was not seen"
        return None


def fail_flaky_app(stack: LocalStack) -> None:
    """Let the vendor refuse the next three calls that concern the flaky app."""
    fault = {
        "kind": "status",
        "status": 503,
        "count": FAILED_CALLS,
        "match": {"path": intune.FLAKY_APP},
    }
    httpx.post(
        f"{stack.control_url}/faults", json=fault, timeout=5, trust_env=False
    ).raise_for_status()


def _payload(app_id: str, **members: Any) -> dict[str, Any]:
    return {"app_id": app_id, "group_id": intune.GROUP, "intent": "required", **members}


CASES = (
    Case("succeeds at once", _payload(intune.PUBLISHED_APP), "SUCCESS"),
    Case(
        f"vendor fails its first {FAILED_CALLS} calls",
        _payload(intune.FLAKY_APP),
        "SUCCESS",
        through=frozenset({"RETRYING"}),
        arrange=fail_flaky_app,
    ),
    Case(
        "polled until installed",
        _payload(intune.ROLLOUT_APP, await_installation=True),
        "SUCCESS",
        through=frozenset({"RUNNING"}),
    ),
    Case("app is not published", _payload(intune.UNPUBLISHED_APP), "FAILED"),
)


def run(
    stack: LocalStack, cases: tuple[Case, ...] = CASES, seconds: float = SECONDS
) -> list[Result]:
    """Run all cases side by side and return what became of them, in order."""
    with ThreadPoolExecutor(max_workers=len(cases)) as pool:
        return list(pool.map(lambda case: run_case(stack, case, seconds), cases))


def run_case(stack: LocalStack, case: Case, seconds: float) -> Result:
    """Post a case's deployment and watch it to its end."""
    try:
        if case.arrange is not None:
            case.arrange(stack)
        with Client(stack.api_url, stack.tokens["submit"]) as client:
            answer = client.deploy(case.payload)
            if answer.status_code != httpx.codes.ACCEPTED:
                return Result(case, refusal=f"{answer.status_code}: {answer.text[:300]}")
            return Result(case, run=client.watch(answer.json()["task_id"], seconds=seconds))
    except httpx.HTTPError as error:
        return Result(case, refusal=f"{type(error).__name__}: {error}")
