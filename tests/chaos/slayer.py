"""Kills Lambda workers in the middle of their work, as a crashed host does."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.calls import Call

Kill = Callable[[int], bool]


@dataclass
class Slayer:
    """Knows which process works on which task, from what they ask of DynamoDB."""

    kill: Kill
    _workers: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, call: Call) -> None:
        """Remember who has spoken last for a task."""
        if call.task is not None and call.worker is not None and call.writes:
            with self._lock:
                self._workers[call.task] = call.worker

    def slay(self, worker: int | None) -> bool:
        """Kill a worker; False where there is none, or none any more."""
        return worker is not None and self.kill(worker)

    def slay_worker_of(self, task: str) -> bool:
        """Kill whoever works on a task; False where nobody is known, or nobody is left."""
        with self._lock:
            worker = self._workers.pop(task, None)
        return self.slay(worker)


def killer_in(group: Callable[[], int]) -> Kill:
    """Return what kills processes of one process group, which may change, and of no other."""

    def kill(pid: int) -> bool:
        try:
            if pid == group() or os.getpgid(pid) != group():
                return False
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    return kill
