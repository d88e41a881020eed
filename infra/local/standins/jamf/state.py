"""What the stand-in remembers: its clock, tokens, computers, commands, and who is connected."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.standins.jamf.models import Computer, Settings
from infra.local.standins.jamf.seeds import COMPUTERS, management_id
from infra.local.standins.state import VendorState

PACKAGE = "INSTALL_ENTERPRISE_APPLICATION"
NODES = ("node-1", "node-2")
"""A cluster, as the hosted service is: cookies keep a client on one of them."""


@dataclass(frozen=True)
class Command:
    """A command in a computer's queue."""

    uuid: str
    device: int
    kind: str | None
    sent: datetime
    """By Jamf's own clock."""
    queued_at: float
    node: str


class State(VendorState[Settings]):
    """Everything that a reset forgets."""

    name = "jamf"
    connected = 0
    """How many requests are under way: a reset ends none of them."""

    def restore(self) -> None:
        """Go back to the seeded computers."""
        seeded = (Computer.model_validate(seed, strict=False) for seed in COMPUTERS)
        self.computers = {one.id: one for one in seeded}
        self.commands: list[Command] = []
        self.most_connected = self.connected
        self._greeted = 0
        self.settings = Settings()

    def next_node(self) -> str:
        """Return where a client without a cookie is sent: to each node in turn."""
        self._greeted += 1
        return NODES[self._greeted % len(NODES)]

    def loses_race(self) -> bool:
        """Tell whether this deployment meets another writer; each does once."""
        if self.settings.conflicts == 0:
            return False
        left = self.settings.conflicts - 1
        self.settings = self.settings.model_copy(update={"conflicts": left})
        return True

    def queue(self, device: int, kind: str | None, node: str) -> Command:
        """Put a command into a computer's queue."""
        now = self.clock.now()
        command = Command(str(uuid.uuid4()), device, kind, self.wall.now(), now, node)
        self.commands.append(command)
        return command

    def visible(self, node: str) -> list[Command]:
        """Return the commands that a node lists by now, oldest first."""
        return [one for one in self.commands if self._shows(one, node)]

    def view(self, command: Command) -> dict[str, Any]:
        """Return a command as Jamf lists it: it tells its computer by another id, and no package.

        UNSURE: other fields exist (profileId, dateCompleted, ...); nothing here needs them.
        """
        computer = self.computers.get(command.device)
        kind = {} if command.kind is None else {"commandType": command.kind}
        return {
            "uuid": command.uuid,
            "dateSent": stamp(command.sent),
            "client": {
                "managementId": management_id(command.device),
                "clientType": "COMPUTER",
            },
            "commandState": computer.state if computer else "PENDING",
            **kind,
        }

    def _shows(self, command: Command, node: str) -> bool:
        if command.kind == PACKAGE and not self.settings.lists_packages:
            return False
        lag = self.settings.lag_seconds
        if node != command.node:
            lag += self.settings.cluster_lag_seconds
        return command.queued_at + lag <= self.clock.now()


def stamp(moment: datetime) -> str:
    """Return a time as Jamf writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
