"""Whether this deployment can do its work: its one need is the executions table.

An open circuit, or circuits that cannot be read, degrade it and no more: what is accepted meanwhile
waits.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from breakwater.domain.errors import ConfigurationError, StorageUnavailableError
from breakwater.ports import ExecutionStore
from breakwater.resilience.circuit import Circuit
from breakwater.services.breakers import Breakers

PROBE_KEY = "health"
"""No task's id, as ids are UUIDs: the read finds nothing and still has to be answered."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found: each service's circuit, or none where they cannot be read."""

    circuits: Mapping[str, Circuit]

    @property
    def is_degraded(self) -> bool:
        """Whether work may have to wait."""
        return not self.circuits or any(circuit.is_open for circuit in self.circuits.values())


class CheckHealth:
    """Reads from both tables, with clients that give up within a second."""

    def __init__(self, executions: ExecutionStore, breakers: Breakers) -> None:
        self._executions = executions
        self._breakers = breakers

    def __call__(self) -> Health:
        """Return how it stands. Raises StorageUnavailableError if no task can be read."""
        try:
            self._executions.get(PROBE_KEY)
        except ConfigurationError as error:
            raise StorageUnavailableError("the executions table cannot be read") from error
        try:
            return Health(self._breakers.read_all())
        except (ConfigurationError, StorageUnavailableError) as error:
            logger.warning("the circuits cannot be read: %s", error)
            return Health({})
