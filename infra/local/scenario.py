"""The main job, run whole: every system at once, each with operations whose ends are known."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import httpx

from infra.local.cases import CASES, Case
from infra.local.client import Client, Run
from infra.local.stack import LocalStack

SECONDS = 90.0
"""Every task has ended by then, or the scenario has failed."""
AT_ONCE = 4
"""Each that is under way keeps Lambdas of its own busy, and a laptop has few cores."""


@dataclass(frozen=True)
class Result:
    """A case, and what became of it: a run, or why there is none."""

    case: Case
    run: Run | None = None
    refusal: str | None = None
    doubt: str | None = None
    """What is wrong although it has ended as expected."""
    breaker: str = "-"
    """How the service's breaker stood when all was over."""

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
        return self.doubt


def run(
    stack: LocalStack, cases: tuple[Case, ...] = CASES, seconds: float = SECONDS
) -> list[Result]:
    """Run all cases, some at a time, and return what became of them, in order."""
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        results = list(pool.map(lambda case: run_case(stack, case, seconds), cases))
    breakers = _breakers(stack)
    return [
        replace(result, breaker=breakers.get(result.case.service, {}).get("state", "-"))
        for result in results
    ]


def run_case(stack: LocalStack, case: Case, seconds: float) -> Result:
    """Ask for a case's operation and watch it to its end."""
    try:
        if case.arrange is not None:
            case.arrange(stack)
        with Client(stack.api_url, stack.tokens["submit"]) as client:
            answer = case.post(client)
            if answer.status_code != httpx.codes.ACCEPTED:
                return Result(case, refusal=f"{answer.status_code}: {answer.text[:300]}")
            watched = client.watch(answer.json()["task_id"], seconds=seconds)
            ended_well = watched.last["status"] == case.end
            checked = case.check(client, watched) if case.check and ended_well else None
            return Result(case, run=watched, doubt=checked)
    except httpx.HTTPError as error:
        return Result(case, refusal=f"{type(error).__name__}: {error}")


def _breakers(stack: LocalStack) -> dict[str, Any]:
    try:
        with Client(stack.api_url, stack.tokens["submit"]) as client:
            answer: dict[str, Any] = client.request("GET", "breakers").raise_for_status().json()
            return answer
    except httpx.HTTPError:
        return {}
