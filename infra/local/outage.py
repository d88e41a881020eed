"""The second half of the main job: a vendor dies and recovers, and an operator takes a hand.

Each stage waits for what must happen, bounded, and says what it saw; one that fails does not keep
the later ones from being tried, so that the table shows how far it went.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from infra.local.client import Client, Run
from infra.local.stack import LocalStack
from infra.local.standins import intune

T = TypeVar("T")

PARKED_TASKS = 6
SECONDS = 60.0
"""How long each stage may take."""
SERVICE = "intune"
REASONS = ("maintenance at the vendor", "the maintenance is over", "back to normal")
"""Why the operator forces the breaker open, closed, and gives it back."""
_GLANCE_SECONDS = 0.2


@dataclass(frozen=True)
class Seen:
    """One line of the table: what was to happen, what did, and whether that is right."""

    what: str
    expected: str
    got: str
    ok: bool


@dataclass
class Outage:
    """A vendor's outage, watched from outside: the API, the stand-in's control, the audit trail."""

    stack: LocalStack
    seen: list[Seen] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    apps: list[str] = field(default_factory=list)

    def run(self) -> list[Seen]:
        """Let the vendor die and recover, force its breaker, and return what was seen."""
        with (
            Client(self.stack.api_url, self.stack.tokens["submit"]) as self._client,
            Client(self.stack.api_url, self.stack.tokens["operate"]) as self._operator,
            httpx.Client(base_url=self.stack.control_url, timeout=5, trust_env=False) as self._ctl,
        ):
            self._prepare()
            for stage in (
                self._dies,
                self._parks,
                self._alarms,
                self._recovers,
                self._drains,
                self._forced,
                self._audited,
            ):
                stage()
        return self.seen

    def _prepare(self) -> None:
        self._recorded = len(self._trail())
        self.apps = [str(uuid.uuid4()) for _ in range(PARKED_TASKS)]
        for app in self.apps:
            body = {"id": app, "publishingState": "published"}
            self._ctl.post("/intune/apps", json=body).raise_for_status()

    def _dies(self) -> None:
        fault = {"kind": "status", "status": 503, "match": {"path": f"/{SERVICE}/"}}
        self._ctl.post("/faults", json=fault).raise_for_status()
        before = self._calls()
        for app in self.apps:
            self.tasks.append(self._post(app))
        state = self._wait(self._state, lambda value: value == "open")
        self._note("the vendor dies: its breaker opens", "open", state, state == "open")
        reached = self._calls() - before
        # Five failures open it. Each caller may hold one back, having had a success before, and one
        # call of each may be under way when it opens.
        bound = 5 + 2 * PARKED_TASKS - 1
        self._note(
            "calls that reached the dead vendor",
            f"5 to {bound}",
            str(reached),
            5 <= reached <= bound,
        )

    def _parks(self) -> None:
        def parked() -> int:
            return sum(map(_is_parked, map(self._status, self.tasks)))

        count = self._wait(parked, lambda value: value == PARKED_TASKS)
        expected = f"{PARKED_TASKS} waiting"
        self._note("deployments wait", expected, f"{count} waiting", count == PARKED_TASKS)

    def _alarms(self) -> None:
        message = self._wait(self._alarm, bool)
        self._note("the alarm reaches its topic", "ALARM", message or "nothing", bool(message))

    def _recovers(self) -> None:
        self._ctl.delete("/faults").raise_for_status()
        state = self._wait(self._state, lambda value: value == "closed")
        self._note("the vendor recovers: its breaker closes", "closed", state, state == "closed")

    def _drains(self) -> None:
        runs = [self._client.watch(task, seconds=SECONDS) for task in self.tasks]
        done = sum(run.last["status"] == "SUCCESS" for run in runs)
        self._note("deployments that waited", "6 SUCCESS", f"{done} SUCCESS", done == PARKED_TASKS)
        effects = self._ctl.get("/effects").raise_for_status().json()[SERVICE]["assign"]["posts"]
        most = max(effects.get(app, 0) for app in self.apps)
        self._note("assignments of each", "1", str(most), most == 1)

    def _forced(self) -> None:
        self._override("forced_open", REASONS[0], 300)
        run = self._deploy(on_open_circuit="fail")
        got = f"{run.last['status']}: {(run.last.get('error') or {}).get('type')}"
        wanted = "FAILED: CircuitBreakerOpenError"
        self._note("forced open: a deployment that must not wait", wanted, got, got == wanted)
        self._override("forced_closed", REASONS[1], 300)
        run = self._deploy()
        status = run.last["status"]
        self._note("forced closed: a deployment", "SUCCESS", status, status == "SUCCESS")
        self._override("automatic", REASONS[2], None)
        override = self._breaker()["override"]
        self._note("back to automatic", "no override", str(override), override is None)

    def _audited(self) -> None:
        events = self._trail()[self._recorded :]
        overrides = [event for event in events if event["type"]["S"] == "CIRCUIT_OVERRIDE_SET"]
        told = sum(REASONS[at] in event["data"]["S"] for at, event in enumerate(overrides[:3]))
        by = {event["owner"]["S"] for event in overrides}
        ok = told == len(overrides) == len(REASONS) and len(by) == 1 and by != {"breakwater"}
        self._note("overrides in the audit trail, who and why", "3", str(told), ok)
        moves = [json.loads(event["data"]["S"]) for event in events if event not in overrides]
        opened = sum((move["old"], move["new"]) == ("closed", "open") for move in moves)
        got = (
            " → ".join([moves[0]["old"], *(move["new"] for move in moves)]) if moves else "nothing"
        )
        self._note("the circuit's way", "closed → open → half-open → closed", got, opened == 1)

    def _trail(self) -> list[dict[str, Any]]:
        answer = self.stack.aws.dynamodb.query(
            TableName=self.stack.outputs["EventsTable"],
            KeyConditionExpression="#stream = :stream",
            ExpressionAttributeNames={"#stream": "stream"},
            ExpressionAttributeValues={":stream": {"S": f"circuit/{SERVICE}"}},
        )
        items: list[dict[str, Any]] = list(answer["Items"])
        return items

    def _post(self, app: str, **members: Any) -> str:
        payload = {"app_id": app, "group_id": intune.GROUP, "intent": "required"}
        answer = self._client.deploy(payload, **members).raise_for_status()
        return str(answer.json()["task_id"])

    def _deploy(self, **members: Any) -> Run:
        task = self._post(intune.PUBLISHED_APP, **members)
        return self._client.watch(task, seconds=SECONDS)

    def _override(self, mode: str, reason: str, seconds: int | None) -> None:
        body = {"mode": mode, "reason": reason}
        extra = {} if seconds is None else {"expires_in_seconds": seconds}
        path = f"breakers/{SERVICE}/override"
        self._operator.request("PUT", path, json={**body, **extra}).raise_for_status()
        # By then every environment has read it: on AWS within six seconds, here within the window.
        time.sleep(2)

    def _status(self, task: str) -> dict[str, Any]:
        status: dict[str, Any] = self._client.status(task).raise_for_status().json()
        return status

    def _breaker(self) -> dict[str, Any]:
        answer = self._client.request("GET", f"breakers/{SERVICE}").raise_for_status().json()
        breaker: dict[str, Any] = answer[SERVICE]
        return breaker

    def _state(self) -> str:
        return str(self._breaker()["state"])

    def _calls(self) -> int:
        return int(self._ctl.get("/requests").raise_for_status().json()["total"])

    def _alarm(self) -> str | None:
        rang = [
            message
            for message in self.stack.alarm_messages()
            if message["NewStateValue"] == "ALARM" and SERVICE in json.dumps(message)
        ]
        return "ALARM" if rang else None

    def _wait(self, ask: Callable[[], T], enough: Callable[[T], bool]) -> T:
        """Ask until it is enough, at most SECONDS; return the last answer."""
        until = time.monotonic() + SECONDS
        while True:
            value = ask()
            if enough(value) or time.monotonic() >= until:
                return value
            time.sleep(_GLANCE_SECONDS)

    def _note(self, what: str, expected: str, got: str, ok: bool) -> None:
        self.seen.append(Seen(what, expected, got, ok))


def _is_parked(status: dict[str, Any]) -> bool:
    error = status.get("error") or {}
    return status["status"] == "RETRYING" and error.get("type") == "CircuitBreakerOpenError"
