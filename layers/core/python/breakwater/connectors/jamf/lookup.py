"""Which of Jamf's commands an earlier attempt has queued, after its answer was lost.

deploy-package takes no id and is not idempotent, and a command tells its device and its time but
not its package. So this looks for the commands of the intended devices, and believes them under
narrow conditions only:

- The time is Jamf's own, read just before the request, and ends with the lease that keeps our
  other tasks off the same devices.
- In that time a package was sent to each of the devices, once, and to no other device: another one
  would be somebody else's doing, and then any of them could be.

Everything else is left to a human, who is told what there is. In particular nothing is ever sent
again: UNSURE whether package commands are listed at all, so that they are absent proves nothing.
Nor can a group be recognised: who is in it is not known here, and changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from breakwater.connectors.jamf import SERVICE
from breakwater.connectors.jamf.api import Entry, sent_at

VISIBLE = timedelta(minutes=2)
"""How long commands are waited for.
UNSURE: no delay is documented; it leaves time for a request that was given up, too."""

PACKAGE_TYPES = frozenset({"INSTALL_ENTERPRISE_APPLICATION", "INSTALL_PACKAGE"})
"""What deploy-package sends, as documented, and what it could be taken to send."""
UNTYPED = (None, "", "UNKNOWN")

MOST_NAMED = 10

Payload = Mapping[str, Any]


def resource(payload: Payload) -> str:
    """Return what to hold a lease on: the same for all payloads with the same target."""
    group, devices = payload.get("group_id"), payload.get("device_ids") or ()
    target = f"group {group}" if group else f"devices {sorted(devices)}"
    return f"{SERVICE}/{sha256(target.encode()).hexdigest()}"


def suspects(commands: Iterable[Entry], since: datetime, until: datetime) -> list[Entry]:
    """Return the commands that may have installed a package between two moments."""
    return [
        command
        for command in commands
        if _may_install(command) and _within(sent_at(command), since, until)
    ]


def attributed(
    commands: Sequence[Entry], clients: Mapping[int, str], device_ids: Sequence[int]
) -> list[dict[str, Any]] | None:
    """Return each device's command, or None where they do not match one to one.

    `clients` is what commands call the devices.
    """
    by_client = {_client(command): command["uuid"] for command in commands}
    if not len(commands) == len(by_client) == len(clients) == len(device_ids):
        return None
    if set(by_client) != set(clients.values()):
        return None
    return [{"device": device, "command_uuid": by_client[clients[device]]} for device in device_ids]


def in_doubt(commands: Sequence[Entry], since: datetime) -> str:
    """Return what a human is told who has to find out."""
    start = f"{SERVICE} does not tell whether it queued the package"
    if not commands:
        return f"{start}: it lists no such command since {since.isoformat()}, which proves nothing"
    uuids = ", ".join(command["uuid"] for command in commands[:MOST_NAMED])
    return f"{start}: any of {len(commands)} commands since {since.isoformat()} may be it: {uuids}"


def _may_install(command: Entry) -> bool:
    kind = command.get("commandType")
    return kind in UNTYPED or kind in PACKAGE_TYPES


def _within(sent: datetime | None, since: datetime, until: datetime) -> bool:
    return sent is None or since <= sent < until


def _client(command: Entry) -> object:
    client = command.get("client")
    known_as = client.get("managementId") if isinstance(client, Mapping) else None
    return known_as if isinstance(known_as, str) else None
