"""Deployments to every vendor, each of which changes something that no other one does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from infra.local.cases import PACKAGE
from infra.local.standins import jamf, sccm
from infra.local.standins.jira.seeds import PROJECTS
from infra.local.standins.landscape.seeds import SNAP_COMPUTERS
from tests.chaos.wishes import SYNCED, Mark, Wish, a_uuid

_SHARED_APPS = 3
_DOCUMENTED = 0.3
_AWAITED = 0.4
_SHARED_TARGET = 0.15
"""How many go where only one deployment at a time may: a group in Jamf, snaps in Landscape."""


def to_all(chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many deployments, to every vendor in turn."""
    makers = tuple(_MAKERS.values())
    shared = [a_uuid(chance) for _ in range(_SHARED_APPS)]
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


def to_one(service: str, chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many deployments to one vendor, that end as soon as it has taken them."""
    made = [_MAKERS[service](chance, number, ()) for number in range(count)]
    for wish in made:
        wish.body["payload"].pop("await_installation", None)
    return [
        replace(wish, body={**wish.body, "deadline_seconds": deadline_seconds}) for wish in made
    ]


def _deployment(chance: Random, service: str, payload: Mapping[str, Any], **members: Any) -> Wish:
    return Wish(
        kind="deployment",
        service=service,
        path="deployments",
        body={"connector_type": service, "payload": payload},
        key=a_uuid(chance),
        correlation_id=a_uuid(chance),
        **members,
    )


def _intune(chance: Random, number: int, shared: Sequence[str]) -> Wish:
    # Some share an app, and must not lose each other's assignments.
    own = not shared or chance.random() < 0.6
    app = a_uuid(chance) if own else chance.choice(list(shared))
    group = a_uuid(chance)
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
    bundle, device = f"com.example.chaos-{number}-{chance.getrandbits(32):08x}", 10_000 + number
    shared = chance.random() < _SHARED_TARGET
    target = {"group_id": jamf.GROUP} if shared else {"device_ids": [device]}
    return _deployment(
        chance,
        "jamf",
        {"package": {**PACKAGE, "bundle_id": bundle}, **target},
        marks=(("jamf", "deploy", "commands", "*", bundle),),
        arrange=("/jamf/computers", {"id": device}),
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
    name = f"chaos-{number}-{chance.getrandbits(32):08x}"
    snap = chance.random() < _SHARED_TARGET
    payload: dict[str, Any] = {"query": "tag:web", "packages": [name]}
    if snap:
        payload = {"computer_ids": [chance.choice(SNAP_COMPUTERS)], "snaps": [name]}
    return _deployment(
        chance,
        "landscape",
        payload,
        marks=(("landscape", "install", "snaps" if snap else "packages", name),),
        arrange=("/landscape/packages", {"name": name}),
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


_MAKERS = {
    "intune": _intune,
    "jamf": _jamf,
    "sccm": _sccm,
    "landscape": _landscape,
    "ansible": _ansible,
}


def _change(chance: Random, number: int) -> dict[str, Any]:
    """Return the member that asks for a change record, for some."""
    if chance.random() >= _DOCUMENTED:
        return {}
    change = {"system": chance.choice(SYNCED), "summary": f"Chaos {number}"}
    if change["system"] == "jira":
        change["project"] = PROJECTS[0]
    return {"change": change}
