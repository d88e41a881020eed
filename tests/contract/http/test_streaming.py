"""An answer that comes bit by bit may take its time, within bounds of its own."""

import time
from typing import Any

import pytest

from breakwater.domain.errors import PermanentError, TransientError
from breakwater.ports import Streaming
from tests.contract.http.asking import Request
from tests.contract.http.fleet import Fleet
from tests.contract.http.server import Connection, Script, Server, answer, serve

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
LAST_WORD = b"data: [DONE]\n\n"


@pytest.fixture
def total() -> float:
    """Less than an ordinary attempt would need here."""
    return 0.2


def streaming(**changes: Any) -> Streaming:
    values: dict[str, Any] = {
        "is_whole": lambda tail: tail.endswith(LAST_WORD),
        "max_bytes": 1_000,
        "between_bytes": 1.0,
        "total": 5.0,
        **changes,
    }
    return Streaming(**values)


def talking(*pieces: bytes, pause: float, then: str = "close") -> Script:
    """Return a script that says one piece after another, and then hangs up or falls silent."""

    def script(connection: Connection) -> None:
        connection.receive()
        connection.send(HEAD)
        for piece in pieces:
            time.sleep(pause)
            connection.send(piece)
        if then == "hang":
            connection.hang()

    return script


def test__streaming__takes_longer_than_any_other_answer_may(
    server: Server, request_: Request
) -> None:
    slow = server(talking(b"data: 1\n\n", b"data: 2\n\n", LAST_WORD, pause=0.15))
    said = request_("POST", slow.url, json_body={}, streaming=streaming())
    assert said.body == b"data: 1\n\ndata: 2\n\n" + LAST_WORD
    assert not said.may_have_applied


def test__streaming__last_word_is_said__nobody_waits_for_the_connections_end(
    server: Server, request_: Request
) -> None:
    lingering = server(talking(b"data: 1\n\n", LAST_WORD, pause=0.0, then="hang"))
    start = time.monotonic()
    said = request_(
        "POST", lingering.url, json_body={}, streaming=streaming(between_bytes=9, total=9)
    )
    assert said.body.endswith(LAST_WORD)
    assert time.monotonic() - start < 5


def test__streaming__silent_for_too_long__is_the_services_failure(
    server: Server, request_: Request
) -> None:
    silent = server(talking(b"data: 1\n\n", pause=0.0, then="hang"))
    with pytest.raises(TransientError) as caught:
        request_("POST", silent.url, json_body={}, streaming=streaming(between_bytes=0.2))
    assert caught.value.blames_service
    assert not caught.value.may_have_applied
    assert silent.connections == 1  # a POST is not sent twice


def test__streaming__talks_for_too_long__is_the_services_failure(
    server: Server, request_: Request
) -> None:
    endless = server(talking(*[b"data: 1\n\n"] * 200, pause=0.05))
    start = time.monotonic()
    with pytest.raises(TransientError) as caught:
        request_("POST", endless.url, json_body={}, streaming=streaming(total=0.5))
    assert caught.value.blames_service
    assert time.monotonic() - start < 5


def test__streaming__says_too_much__is_permanent_for_it_would_again(
    server: Server, request_: Request
) -> None:
    long = server(serve(answer(body=b"x" * 1_001)))
    with pytest.raises(PermanentError) as caught:
        request_("POST", long.url, json_body={}, streaming=streaming())
    assert caught.value.status_code is None


@pytest.mark.parametrize("status", [500, 503])
def test__streaming__refused__changed_nothing(
    server: Server, request_: Request, status: int
) -> None:
    unwell = server(serve(answer(status)))
    with pytest.raises(TransientError) as caught:
        request_("POST", unwell.url, json_body={}, streaming=streaming())
    assert not caught.value.may_have_applied
    assert caught.value.blames_service


def test__streaming__slow_answers__leave_the_circuit_closed(server: Server, fleet: Fleet) -> None:
    slow = server(*[talking(b"data: 1\n\n", LAST_WORD, pause=0.2)] * 6)
    ask = fleet.environment(total=0.2)
    for _ in range(6):
        ask("POST", slow.url, json_body={}, streaming=streaming())
    assert fleet.circuit.failures == 0
