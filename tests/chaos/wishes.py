"""What a run asks for: operations of each kind on each system, and what each may do there.

Everything that a wish changes at its vendor bears a name of its own, so that the vendor's own
counts tell how often it was done, whatever Breakwater believes.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import httpx

from infra.local.cases import PACKAGE
from infra.local.standins import jamf, sccm
from infra.local.standins.jira.seeds import PROJECTS
from infra.local.standins.landscape.seeds import SNAP_COMPUTERS

Mark = tuple[str, ...]
"""Where the stand-ins count an effect: the steps into their tree, "*" for each of a level."""

DEPLOYED = ("intune", "jamf", "sccm", "landscape", "ansible")
SYNCED = ("servicenow", "jira")
_SHARED_APPS = 3
_DOCUMENTED = 0.3
_AWAITED = 0.4


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One operation. `path` is where it is posted, below the API's root."""

    kind: str
    service: str
    path: str
    body: Mapping[str, Any]
    marks: tuple[Mark, ...] = ()
    """Each is counted once if the wish has come true, and never more often."""
    arrange: tuple[str, Mapping[str, Any]] | None = None
    """What the vendor's stand-in is told before: a control route and a body."""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def documented_in(self) -> str | None:
        """The system that documents it, if any."""
        system: str | None = self.body.get("change", {}).get("system")
        return system


def deployments(chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many deployments, to every vendor in turn."""
    makers = (_intune, _jamf, _sccm, _landscape, _ansible)
    shared = [_uuid(chance) for _ in range(_SHARED_APPS)]
    made = [makers[number % len(makers)](chance, number, shared) for number in range(count)]
    return [
        replace(
            wish,
            body={
                **wish.body,
                "deadline_seconds": deadline_seconds,
                **_change(chance, number),
            },
        )
        for number, wish in enumerate(made)
    ]


def syncs(chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many syncs, of every system in turn."""
    return [
        Wish(
            kind="sync",
            service=SYNCED[number % len(SYNCED)],
            path=f"integrations/{SYNCED[number % len(SYNCED)]}/sync",
            body={"deadline_seconds": deadline_seconds},
            key=_uuid(chance),
            correlation_id=_uuid(chance),
        )
        for number in range(count)
    ]


def arrange(control: httpx.Client, wishes: Sequence[Wish]) -> None:
    """Tell the stand-ins what the wishes are about."""
    for path, body in {str(wish.arrange): wish.arrange for wish in wishes if wish.arrange}.values():
        control.post(path, json=body).raise_for_status()


def _deployment(chance: Random, service: str, payload: Mapping[str, Any], **members: Any) -> Wish:
    return Wish(
        kind="deployment",
        service=service,
        path="deployments",
        body={"connector_type": service, "payload": payload},
        key=_uuid(chance),
        correlation_id=_uuid(chance),
        **members,
    )


def _intune(chance: Random, number: int, shared: Sequence[str]) -> Wish:
    # Some share an app, and must not lose each other's assignments.
    own = chance.random() < 0.6
    app = _uuid(chance) if own else chance.choice(list(shared))
    group = _uuid(chance)
    payload: dict[str, Any] = {"app_id": app, "group_id": group, "intent": "required"}
    if own and chance.random() < _AWAITED:
        payload["await_installation"] = True
    marks: list[Mark] = [("intune", "assign", "added", app, group, "required")]
    if own:
        marks.append(("intune", "assign", "posts", app))
    return _deployment(
        chance, "intune", payload, marks=tuple(marks), arrange=("/intune/apps", {"id": app})
    )


def _jamf(chance: Random, number: int, _: Sequence[str]) -> Wish:
    bundle = f"com.example.chaos-{number}-{chance.getrandbits(32):08x}"
    payload = {"package": {**PACKAGE, "bundle_id": bundle}, "group_id": jamf.GROUP}
    return _deployment(
        chance, "jamf", payload, marks=(("jamf", "deploy", "commands", "*", bundle),)
    )


def _sccm(chance: Random, number: int, _: Sequence[str]) -> Wish:
    name = f"Chaos {number} {chance.getrandbits(32):08x}"
    app = {"name": name, "model_id": 20_000_000 + number, "revisions": [30_000_000 + number]}
    payload: dict[str, Any] = {
        "application_name": name,
        "collection_id": sccm.COLLECTION,
        "purpose": "required",
        "action": "install",
    }
    if chance.random() < _AWAITED:
        payload["await_installation"] = True
    return _deployment(
        chance,
        "sccm",
        payload,
        marks=(("sccm", "assignments", "made", name, sccm.COLLECTION),),
        arrange=("/sccm/applications", app),
    )


def _landscape(chance: Random, number: int, _: Sequence[str]) -> Wish:
    snap = f"chaos-{number}-{chance.getrandbits(32):08x}"
    computers = [chance.choice(SNAP_COMPUTERS)]
    return _deployment(
        chance,
        "landscape",
        {"computer_ids": computers, "snaps": [snap]},
        marks=(("landscape", "install", "snaps", snap),),
    )


def _ansible(chance: Random, number: int, _: Sequence[str]) -> Wish:
    template = 500_000 + number
    spec = {"id": template, "name": f"Chaos {number}"}
    return _deployment(
        chance,
        "ansible",
        {"job_template_id": template, "limit": "web"},
        marks=(("ansible", "launch", "jobs", str(template)),),
        arrange=("/ansible/templates", spec),
    )


def _change(chance: Random, number: int) -> dict[str, Any]:
    """Return the member that asks for a change record, for some."""
    if chance.random() >= _DOCUMENTED:
        return {}
    change = {"system": chance.choice(SYNCED), "summary": f"Chaos {number}"}
    if change["system"] == "jira":
        change["project"] = PROJECTS[0]
    return {"change": change}


def _uuid(chance: Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
