"""Environments that share a service's circuit, as they reach the vendor."""

import socket
from contextlib import ExitStack
from typing import Any

import pytest

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.resilience.circuit import BreakerSettings, Circuit, State
from breakwater.resilience.guards import Guards
from breakwater.resilience.registry import ServiceSettings
from breakwater.resilience.store import MemoryBreakerStore
from tests.contract.http.asking import Request, asks
from tests.fakes.breakers import Recorder
from tests.fakes.clock import FakeClock
from tests.fakes.stores import MemoryLeaseStore


class Fleet:
    """Environments that share circuits and a clock, each with a client and breakers of its own."""

    def __init__(self, stack: ExitStack) -> None:
        self.clock = FakeClock()
        self.store = MemoryBreakerStore()
        self.slots = MemoryLeaseStore()
        self.seen = Recorder()
        self._stack = stack

    def environment(self, total: float = 5.0, bulkhead: int | None = None) -> Request:
        """Return what asks as a connector would, with ten minutes to spare."""
        settings = {"intune": ServiceSettings(BreakerSettings(), bulkhead)}
        guards = Guards(
            settings, store=self.store, slots=self.slots, time=self.clock, observer=self.seen
        )
        client = RetryableHTTPClient(self.clock, guards=guards, total_timeout=total)
        self._stack.callback(client.close)
        return asks(client, self.clock)

    @property
    def circuit(self) -> Circuit:
        return self.store.read("intune")

    def opens(self) -> None:
        """Let the circuit open, and its time pass."""
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        other = self.environment()
        while self.circuit.state is not State.OPEN:
            failed(other, url, method="POST")
        self.clock.advance(67)


def failed(ask: Request, url: str, *, method: str = "GET", **options: Any) -> Any:
    """Return what a request fails with."""
    with pytest.raises((TransientError, PermanentError, CircuitBreakerOpenError)) as caught:
        ask(method, url, **options)
    return caught.value
