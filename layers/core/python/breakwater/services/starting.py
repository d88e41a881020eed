"""Start the execution of a task that has been stored."""

import logging

from breakwater.domain.errors import EngineRefusedError, EngineUnavailableError
from breakwater.domain.tasks import Task
from breakwater.ports import WorkflowEngine

logger = logging.getLogger(__name__)


def start(engine: WorkflowEngine, task: Task) -> None:
    """Start the execution. A failure changes nothing for the client: the record is the promise.

    The sweeper starts what is PENDING and due, under the same name and with the same bytes.
    """
    context = {"task_id": task.task_id, "correlation_id": task.correlation_id}
    try:
        engine.start(task)
    except EngineUnavailableError as error:
        logger.warning("not started yet, left to the sweeper: %s", error, extra=context)
    except EngineRefusedError as error:
        logger.error("cannot be started: %s", error, extra=context)  # noqa: TRY400
