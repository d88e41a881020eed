"""Connections to AWS are kept between invocations, and made anew after a freeze: nothing twice.

A frozen environment does not notice that AWS has closed its idle connections. The server here is a
real one on loopback, which counts connections, closes idle ones, and can close one as it is used:
after what came in on it has been done.
"""

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from breakwater import bootstrap
from breakwater.adapters import aws
from breakwater.adapters.clock import SystemClock
from breakwater.adapters.dynamodb.circuits import DynamoBreakerStore
from breakwater.domain.errors import TransientError
from breakwater.resilience.breaker import CircuitBreaker
from breakwater.resilience.circuit import BreakerSettings
from breakwater.resilience.steady import SteadyStore
from tests.fakes.events import post_event
from tests.fakes.front import BODY

PUT, START, GET, UPDATE = "PutItem", "StartExecution", "GetItem", "UpdateItem"


class Account:
    """What the server knows: DynamoDB's tasks by id, Step Functions' executions by name."""

    def __init__(self) -> None:
        self.tasks: dict[str, Any] = {}
        self.executions: dict[str, str] = {}
        self.failures = 0
        self.asked: Counter[str] = Counter()
        self.connections: list[socket.socket] = []
        self.closes_as_used: list[str] = []
        """Operations whose next request is done, and then its connection closed."""

    def freeze(self) -> None:
        """Close every connection, as AWS does with those that idle while nobody runs."""
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def do(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Do what a request asks for, as AWS documents it, and return the answer."""
        self.asked[operation] += 1
        if operation == PUT:
            item = request["Item"]
            if (found := self.tasks.setdefault(item["task_id"]["S"], item)) is not item:
                code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
                return 400, {"__type": code, "message": "exists", "Item": found}
        if operation == START:
            self.executions.setdefault(request["name"], request["input"])
            return 200, {"executionArn": "arn:aws:states:x", "startDate": 1.0}
        if operation == UPDATE:
            self.failures += 1
            return 200, {"Attributes": {"service": {"S": "vendor"}}}
        return 200, {"Count": 0, "ScannedCount": 0, "Items": []} if operation == "Query" else {}


class Handler(BaseHTTPRequestHandler):
    """One connection to the account."""

    protocol_version = "HTTP/1.1"
    account: Account

    def setup(self) -> None:
        super().setup()
        self.account.connections.append(self.connection)

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        status, answer = self.account.do(operation, request)
        if operation in self.account.closes_as_used:
            self.account.closes_as_used.remove(operation)
            self.account.connections.remove(self.connection)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    account = Account()
    handler = type("Bound", (Handler,), {"account": account})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield account
    account.freeze()
    server.shutdown()
    server.server_close()
    thread.join(5)


def accept() -> int:
    status: int = bootstrap.api().handle(post_event(BODY), None)["statusCode"]
    return status


def test__invocations__share_a_connection_to_each_service(account: Account) -> None:
    assert [accept() for _ in range(20)] == [202] * 20
    assert len(account.connections) == 2
    assert (account.asked[PUT], account.asked[START]) == (20, 20)


def test__after_a_freeze__connections_are_made_anew_and_nothing_is_sent_twice(
    account: Account,
) -> None:
    for invocations in range(1, 6):
        assert accept() == 202
        assert len(account.connections) == 2
        assert (account.asked[PUT], account.asked[START]) == (invocations, invocations)
        account.freeze()
    assert len(account.tasks) == len(account.executions) == 5


@pytest.mark.parametrize("operation", [PUT, START])
def test__connection_closes_as_it_is_used__sent_again_and_done_once(
    account: Account, operation: str
) -> None:
    assert accept() == 202
    account.closes_as_used = [operation]
    assert accept() == 202
    assert account.asked[operation] == 3
    # Stored under a condition, started under a name: the second time changes nothing.
    assert len(account.tasks) == len(account.executions) == 2


def breaker() -> CircuitBreaker:
    clock = SystemClock()
    store = DynamoBreakerStore(
        aws.client("dynamodb", aws.BREAKER), circuits_table="circuits", events_table="events"
    )
    settings = BreakerSettings(window=0.000_001)  # each call asks
    return CircuitBreaker(
        "vendor", settings=settings, store=SteadyStore(store, time=clock), time=clock
    )


def test__guarded_calls__keep_their_connection_and_find_another_after_a_freeze(
    account: Account,
) -> None:
    guarded = breaker()
    for _ in range(3):
        guarded.call(lambda: None, timeout=30)
        guarded.call(lambda: None, timeout=30)
        assert len(account.connections) == 1
        account.freeze()
    assert account.asked[GET] == 6


def test__failure_whose_count_was_not_answered__is_not_counted_again(account: Account) -> None:
    guarded = breaker()

    def fail() -> None:
        raise TransientError("503")

    account.closes_as_used = [UPDATE]
    with pytest.raises(TransientError):
        guarded.call(fail, timeout=30)
    assert account.failures == 1
