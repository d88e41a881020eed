"""Attempts at the same time."""

import threading

from breakwater.domain.progress import Directive
from breakwater.domain.status import Status
from breakwater.ports import HttpClient
from tests.contract.connectors.world import Machine, a_client

SECONDS = 5.0
"""Of real time, which passes here."""


class Lambda(threading.Thread):
    """One attempt, in a thread and, but for `http`, with connections of its own."""

    def __init__(self, machine: Machine, http: HttpClient | None = None) -> None:
        super().__init__(daemon=True)
        self._machine, self._http = machine, http
        self._answer: Directive | None = None

    def run(self) -> None:
        if self._http is not None:
            self._invoke(self._http)
            return
        with a_client(self._machine.world.clock, SECONDS) as http:
            self._invoke(http)

    def _invoke(self, http: HttpClient) -> None:
        self._answer = self._machine.invoke(self._machine.world.with_http(http))

    def answer(self) -> Directive:
        """Wait for the attempt, and return what the step answered."""
        self.join(4 * SECONDS)
        assert self._answer is not None
        return self._answer

    def finish(self) -> Status:
        """Let the machine go on when the attempt is over; return how it ends."""
        self._machine.go_on(self.answer())
        return self._machine.run().status
