import contextlib
import socket
import statistics
import threading
import time

import httpx
import pytest

from infra.local.standins.server import serve
from tests.contract.standins.clients import client, get, post

STOP_SECONDS = 1.0


def _ask(url: str, answers: list[bytes]) -> None:
    with contextlib.suppress(httpx.TransportError):
        answers.append(get(url).content)


def test__serve__port_taken__raises_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        serve(port=taken.getsockname()[1]),
    ):
        pass


def test__url_of__unknown_vendor__key_error() -> None:
    with serve() as standins, pytest.raises(KeyError):
        standins.url_of("nobody")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang"},
        {"kind": "delay", "seconds": 60},
        {"kind": "trickle", "interval_seconds": 9},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test__stop__request_still_hangs__takes_less_than_a_second(
    fault: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    with serve() as standins:
        post(f"{standins.control_url}/faults", fault).raise_for_status()
        answers: list[bytes] = []
        url = f"{standins.url_of('intune')}/v1.0/anything"
        caller = threading.Thread(target=_ask, args=(url, answers))
        caller.start()
        while not get(f"{standins.control_url}/requests").json()["total"]:
            pass
        stopping = time.monotonic()
    assert time.monotonic() - stopping < STOP_SECONDS
    caller.join(STOP_SECONDS)
    assert not caller.is_alive()
    assert answers == []
    assert caplog.messages == []


def test__stop__port_is_free_again() -> None:
    with serve() as standins:
        port = httpx.URL(standins.base_url).port
        assert port
    with serve(port=port) as again:
        assert get(f"{again.control_url}/effects").json() == {}


def test__keep_alive__answers_without_nagle_delay() -> None:
    with serve() as standins, client(standins.control_url) as http:
        http.get("/effects")
        took = [http.get("/effects").elapsed.total_seconds() for _ in range(21)]
    # Nagle's algorithm and delayed acknowledgements together take 40 ms for each.
    assert statistics.median(took) < 0.03


def test__two_servers__share_nothing() -> None:
    with serve() as one, serve() as other:
        assert one.base_url != other.base_url
        post(f"{one.control_url}/faults", {"kind": "hang"})
        assert get(f"{other.control_url}/faults").json() == {"faults": []}
