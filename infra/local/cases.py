"""What the main job asks of each system, and what must become of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from infra.local import assess, talk
from infra.local.client import Client, Run
from infra.local.stack import LocalStack
from infra.local.standins import ansible, intune, sccm

FAILED_CALLS = 3
ISSUES = 120
"""More than a page of them."""


@dataclass(frozen=True)
class Case:
    """An operation and what must become of it."""

    service: str
    name: str
    payload: Mapping[str, Any] | None
    """What a deployment carries; None: the system's records are pulled, or see `ask`."""
    end: str
    through: frozenset[str] = frozenset()
    """Statuses that must have been seen on the way."""
    arrange: Callable[[LocalStack], None] | None = None
    """What is done to the vendor before."""
    ask: Callable[[Client], httpx.Response] | None = None
    """How it is asked for, if it is neither a deployment nor a sync."""
    check: Callable[[Client, Run], str | None] | None = None
    """What is wrong at an end that is the right one otherwise, or None."""
    shows: Callable[[Mapping[str, Any]], str] | None = None
    """What of a result people get to see beside the status."""

    @property
    def expected(self) -> str:
        """The expectation in words."""
        return " → ".join([*sorted(self.through), self.end])

    def post(self, client: Client) -> httpx.Response:
        """Ask for it."""
        if self.ask is not None:
            return self.ask(client)
        if self.payload is None:
            return client.request("POST", f"integrations/{self.service}/sync")
        return client.deploy(self.payload, connector_type=self.service)


def tell(stack: LocalStack, path: str, body: object) -> None:
    """Tell the stand-ins' control surface something."""
    answer = httpx.post(f"{stack.control_url}{path}", json=body, timeout=5, trust_env=False)
    answer.raise_for_status()


def fail_flaky_app(stack: LocalStack) -> None:
    """Let the vendor refuse the next three calls that concern the flaky app."""
    match = {"path": intune.FLAKY_APP}
    fault = {"kind": "status", "status": 503, "count": FAILED_CALLS, "match": match}
    tell(stack, "/faults", fault)


def fill_jira(stack: LocalStack) -> None:
    """Put issues there that nobody has pulled yet."""
    tell(stack, "/jira/issues", {"issues": [{"summary": f"Issue {n}"} for n in range(ISSUES)]})


def _intune(app_id: str, **members: Any) -> dict[str, Any]:
    return {"app_id": app_id, "group_id": intune.GROUP, "intent": "required", **members}


def _scored(service: str, name: str, statement: Mapping[str, Any], level: str) -> Case:
    return Case(
        service,
        name,
        None,
        "SUCCESS",
        ask=partial(assess.ask, statement=statement),
        check=partial(assess.fault, level=level),
        shows=assess.shown,
    )


PACKAGE = {
    "url": "https://packages.example.com/agent-1.2.3.pkg",
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "hash_type": "SHA256",
    "bundle_id": "com.example.agent",
    "bundle_version": "1.2.3",
    "title": "Example Agent",
    "size_bytes": 10_485_760,
}
_RETRYING, _RUNNING = frozenset({"RETRYING"}), frozenset({"RUNNING"})
CASES = (
    Case("intune", "succeeds at once", _intune(intune.PUBLISHED_APP), "SUCCESS"),
    Case(
        "intune",
        f"vendor fails its first {FAILED_CALLS} calls",
        _intune(intune.FLAKY_APP),
        "SUCCESS",
        through=_RETRYING,
        arrange=fail_flaky_app,
    ),
    Case(
        "intune",
        "polled until installed",
        _intune(intune.ROLLOUT_APP, await_installation=True),
        "SUCCESS",
        through=_RUNNING,
    ),
    Case("intune", "app is not published", _intune(intune.UNPUBLISHED_APP), "FAILED"),
    Case("jamf", "package queued for a group", {"package": PACKAGE, "group_id": "1"}, "SUCCESS"),
    Case(
        "sccm",
        "application installed by a collection",
        {
            "application_name": sccm.ROLLOUT,
            "collection_id": sccm.COLLECTION,
            "purpose": "required",
            "action": "install",
            "await_installation": True,
        },
        "SUCCESS",
        through=_RUNNING,
    ),
    Case(
        "landscape",
        "packages installed by tag",
        {"query": "tag:web", "packages": ["nginx"]},
        "SUCCESS",
        through=_RUNNING,
    ),
    Case(
        "ansible",
        "job template run to its end",
        {"job_template_id": ansible.TEMPLATE, "limit": "web"},
        "SUCCESS",
        through=_RUNNING,
    ),
    Case("servicenow", "change requests pulled", None, "SUCCESS"),
    Case("jira", f"{ISSUES} issues pulled", None, "SUCCESS", arrange=fill_jira),
    Case(
        "ai",
        f"conversation of {len(talk.MESSAGES)} messages",
        None,
        "SUCCESS",
        ask=talk.hold,
        check=talk.fault,
    ),
    _scored("sccm", "a cautious deployment's risk", assess.CAUTIOUS, "low"),
    _scored("intune", "a bold deployment's risk", assess.BOLD, "critical"),
)
