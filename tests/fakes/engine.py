"""A workflow engine that remembers what it was asked to start."""

from breakwater.domain.tasks import Task


class RecordingEngine:
    """ports.WorkflowEngine; raises `error` while one is set."""

    def __init__(self) -> None:
        self.started: list[Task] = []
        self.error: Exception | None = None

    def start(self, task: Task) -> None:
        if self.error is not None:
            raise self.error
        self.started.append(task)
