from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from breakwater.adapters.http import RetryableHTTPClient
from tests.contract.http.asking import Request, asks
from tests.contract.http.fleet import Fleet
from tests.contract.http.server import Script, ScriptedServer, Server
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server() -> Iterator[Server]:
    """Start servers: `server(script, ...)` is up when it returns and down after the test."""
    with ExitStack() as stack:

        def start(*scripts: Script, **options: Any) -> ScriptedServer:
            return stack.enter_context(ScriptedServer(*scripts, **options))

        yield start


@pytest.fixture
def total() -> float:
    """Real seconds for an attempt: plenty, but where a test is about running out of them."""
    return 5.0


@pytest.fixture
def client(clock: FakeClock, total: float) -> Iterator[RetryableHTTPClient]:
    client = RetryableHTTPClient(clock, total_timeout=total)
    yield client
    client.close()


@pytest.fixture
def request_(client: RetryableHTTPClient, clock: FakeClock) -> Request:
    """Ask as a connector would."""
    return asks(client, clock)


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """Environments that share a circuit, closed again after the test."""
    with ExitStack() as stack:
        yield Fleet(stack)
