"""Start and stop the execution of a stored task, as far as the engine answers now."""

import logging

from breakwater.domain.errors import EngineRefusedError, EngineUnavailableError
from breakwater.domain.tasks import Task
from breakwater.ports import WorkflowEngine

logger = logging.getLogger(__name__)


def named(task: Task) -> dict[str, str]:
    """Return what a log line about a task bears."""
    return {"task_id": task.task_id, "correlation_id": task.correlation_id}


def start(engine: WorkflowEngine, task: Task) -> None:
    """Start the execution. A failure changes nothing for the client: the record is the promise.

    The sweeper starts what is PENDING and due, under the same name and with the same bytes.
    """
    try:
        engine.start(task)
    except EngineUnavailableError as error:
        logger.warning("not started yet, left to the sweeper: %s", error, extra=named(task))
    except EngineRefusedError as error:
        logger.error("cannot be started: %s", error, extra=named(task))  # noqa: TRY400


def stop(engine: WorkflowEngine, task: Task, *, why: str) -> None:
    """Stop the execution of an ended task. Whatever it still does, it finds that it has ended."""
    try:
        engine.stop(task, why=why)
    except (EngineUnavailableError, EngineRefusedError) as error:
        logger.warning("its execution goes on: %s", error, extra=named(task))
