"""Whether this deployment can do its work: its one need is the executions table."""

from breakwater.domain.errors import ConfigurationError, StorageUnavailableError
from breakwater.ports import ExecutionStore

PROBE_KEY = "health"
"""No task's id, as ids are UUIDs: the read finds nothing and still has to be answered."""


class CheckHealth:
    """Reads from the table, with a client that gives up within a second."""

    def __init__(self, executions: ExecutionStore) -> None:
        self._executions = executions

    def __call__(self) -> None:
        """Return if the table answers. Raises StorageUnavailableError."""
        try:
            self._executions.get(PROBE_KEY)
        except ConfigurationError as error:
            raise StorageUnavailableError("the executions table cannot be read") from error
