"""A workflow engine that remembers what it was asked to do."""

from breakwater.domain.executions import Execution, ExecutionStatus
from breakwater.domain.tasks import Task
from tests.fakes.breakable import Breakable


class RecordingEngine(Breakable):
    """ports.WorkflowEngine; raises `error` while one is set.

    `executions` is how each execution stands, by its name: tests change it as they please.
    """

    def __init__(self) -> None:
        self.started: list[Task] = []
        self.described: list[str] = []
        self.stopped: list[str] = []
        self.aftercare: list[Task] = []
        self.executions: dict[str, Execution] = {}

    def start(self, task: Task) -> bool:
        self._check()
        self.started.append(task)
        standing = self.executions.setdefault(
            task.execution_name, Execution(ExecutionStatus.RUNNING)
        )
        return not standing.status.has_ended

    def start_aftercare(self, task: Task) -> None:
        self._check()
        self.aftercare.append(task)

    def describe(self, task: Task) -> Execution | None:
        self._check()
        self.described.append(task.execution_name)
        return self.executions.get(task.execution_name)

    def stop(self, task: Task, *, why: str) -> None:
        self._check()
        self.stopped.append(task.execution_name)
        standing = self.executions.get(task.execution_name)
        if standing is not None and not standing.status.has_ended:
            self.executions[task.execution_name] = Execution(ExecutionStatus.ABORTED, why)
