"""What is told of each request that is sent."""

import socket
from collections.abc import Callable, Iterator

import pytest

from breakwater.connectors.session import json_if_any
from breakwater.domain.errors import PermanentError, TransientError
from tests.contract.http.asking import asking
from tests.contract.http.server import Connection, Server, answer, hang, serve
from tests.fakes.clock import FakeClock


class Watcher:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bool]] = []

    def called(self, service: str, outcome: str, *, seconds: float, is_fault: bool) -> None:
        assert seconds >= 0
        self.seen.append((service, outcome, is_fault))


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def ask(clock: FakeClock, watcher: Watcher) -> Iterator[Callable[[str], object]]:
    with asking(clock, observer=watcher, total_timeout=1.0) as ask_:
        yield lambda url: ask_("POST", url, service="jamf", check=json_if_any)


def test__answer__is_told(ask: Callable[[str], object], server: Server, watcher: Watcher) -> None:
    ask(server(serve(answer(201))).url)
    assert watcher.seen == [("jamf", "answered", False)]


@pytest.mark.parametrize(
    ("script", "outcome", "is_fault"),
    [
        (serve(answer(500)), "5xx", True),
        (serve(answer(408)), "4xx", True),
        (serve(answer(404)), "4xx", False),
        (serve(answer(302)), "3xx", False),
        (serve(answer(429)), "throttled", False),
        (serve(answer(200, b"<html>")), "broken", True),
        (serve(b"no HTTP\r\n\r\n"), "broken", True),
        (hang, "timeout", True),
    ],
)
def test__failure__is_told_by_its_kind_and_whether_it_speaks_against_the_vendor(
    ask: Callable[[str], None],
    server: Server,
    watcher: Watcher,
    script: Callable[[Connection], None],
    outcome: str,
    is_fault: bool,
) -> None:
    with pytest.raises((TransientError, PermanentError)):
        ask(server(script).url)
    assert watcher.seen == [("jamf", outcome, is_fault)]


def test__nobody_listens__is_unreachable(ask: Callable[[str], object], watcher: Watcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(TransientError):
        ask(url)
    assert watcher.seen == [("jamf", "unreachable", True)]


def test__each_try__is_told(clock: FakeClock, server: Server, watcher: Watcher) -> None:
    url = server(serve(answer(500), answer(500), answer())).url
    with asking(clock, observer=watcher) as ask:
        ask("GET", url)
    assert [outcome for _, outcome, _ in watcher.seen] == ["5xx", "5xx", "answered"]
