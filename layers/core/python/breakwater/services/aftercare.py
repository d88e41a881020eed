"""Begin what is left to do for a task that was ended from outside its own steps."""

import logging

from breakwater.domain.errors import (
    EngineRefusedError,
    EngineUnavailableError,
    StaleAttemptError,
    StorageUnavailableError,
)
from breakwater.domain.tasks import Task
from breakwater.ports import ExecutionStore, WorkflowEngine
from breakwater.services.executions import named

logger = logging.getLogger(__name__)


class Aftercare:
    """Starts the aftercare workflow; while it is needed the sweeper does so again."""

    def __init__(self, *, executions: ExecutionStore, engine: WorkflowEngine) -> None:
        self._executions = executions
        self._engine = engine

    def start(self, task: Task) -> bool:
        """Start it for an ended task, and return whether it is known to have been started."""
        try:
            self._engine.start_aftercare(self._executions.with_input(task))
        except (EngineUnavailableError, StorageUnavailableError) as error:
            logger.warning("aftercare is left to the sweeper: %s", error, extra=named(task))
            return False
        except (EngineRefusedError, StaleAttemptError) as error:
            said = "aftercare cannot be started: %s"
            logger.error(said, error, extra=named(task))  # noqa: TRY400 - its text says it all
            return False
        return True
