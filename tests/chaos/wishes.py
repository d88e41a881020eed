"""What a run asks for: operations of each kind on each system, and what each may do there.

Everything that a wish changes at its vendor bears a name of its own, so that the vendor's own
counts tell how often it was done, whatever Breakwater believes.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

Mark = tuple[str, ...]
"""Where the stand-ins count an effect: the steps into their tree, "*" for each of a level."""

SYNCED = ("servicenow", "jira")


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
    opens: tuple[str, Mapping[str, Any]] | None = None
    """What is made first, at a path with a body; its id takes the place of `{}` in `path`."""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def documented_in(self) -> str | None:
        """The system that documents it, if any."""
        system: str | None = self.body.get("change", {}).get("system")
        return system


def syncs(chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many syncs, of every system in turn."""
    return [
        Wish(
            kind="sync",
            service=SYNCED[number % len(SYNCED)],
            path=f"integrations/{SYNCED[number % len(SYNCED)]}/sync",
            body={"deadline_seconds": deadline_seconds},
            key=a_uuid(chance),
            correlation_id=a_uuid(chance),
        )
        for number in range(count)
    ]


def scores(chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many intents whose risk is to be scored."""
    return [
        Wish(
            kind="risk_score",
            service="jamf",
            path="deployment-intents/{}/risk-score",
            body={"deadline_seconds": deadline_seconds},
            opens=("deployment-intents", _statement(chance, number)),
            key=a_uuid(chance),
            correlation_id=a_uuid(chance),
        )
        for number in range(count)
    ]


def chats(chance: Random, count: int, *, deadline_seconds: int) -> list[Wish]:
    """Return so many questions, each in a conversation of its own."""
    return [
        Wish(
            kind="chat",
            service="ai",
            path="conversations/{}/messages",
            body={"content": f"What is {number}?", "deadline_seconds": deadline_seconds},
            opens=("conversations", {"title": f"Chaos {number}"}),
            key=a_uuid(chance),
            correlation_id=a_uuid(chance),
        )
        for number in range(count)
    ]


def arrange(control: httpx.Client, wishes: Sequence[Wish]) -> None:
    """Tell the stand-ins what the wishes are about."""
    for path, body in {str(wish.arrange): wish.arrange for wish in wishes if wish.arrange}.values():
        control.post(path, json=body).raise_for_status()


def _statement(chance: Random, number: int) -> dict[str, Any]:
    return {
        "connector_type": "jamf",
        "package": {
            "id": f"com.example.chaos-{number}",
            "version": "1.2.3",
            "provenance": "vendor",
            "signature": "verified",
        },
        "targets": {
            "devices": chance.randrange(1, 5000),
            "ring": "pilot",
            "criticality": "standard",
        },
        "privilege": "user",
        "test_evidence": "staging",
        "rollback": "tested",
    }


def a_uuid(chance: Random) -> str:
    """Return an id that hangs on the seed."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
