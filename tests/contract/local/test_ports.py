"""What the operating system says of ports, and which one the emulator gets."""

import socket
from collections.abc import Iterator

import pytest

from infra.local import ports
from infra.local.errors import LocalStackError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("asked", [None, ""])
def test__nothing_asked__usual_port(monkeypatch: pytest.MonkeyPatch, asked: str | None) -> None:
    monkeypatch.setattr(ports, "DEFAULT_PORT", ports.free_port())

    assert ports.choose_port(asked) == ports.DEFAULT_PORT


def test__usual_port_taken__a_free_one(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(ports, "DEFAULT_PORT", taken)

    chosen = ports.choose_port(None)

    assert chosen != taken
    assert ports.is_free(chosen)


def test__asked_for__that_one() -> None:
    port = ports.free_port()

    assert ports.choose_port(str(port)) == port


def test__zero__a_free_one() -> None:
    assert ports.is_free(ports.choose_port("0"))


def test__asked_for_and_taken__says_so(taken: int) -> None:
    with pytest.raises(LocalStackError, match=f"Port {taken} is taken"):
        ports.choose_port(str(taken))


@pytest.mark.parametrize("asked", ["http", "-1", "65536", "4566 ", "٤"])
def test__not_a_port__says_so(asked: str) -> None:
    with pytest.raises(LocalStackError, match="is not a port"):
        ports.choose_port(asked)


def test__bound_but_not_listening__taken() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))

        assert not ports.is_free(holder.getsockname()[1])


def test__not_allowed__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(LocalStackError, match="may not listen on port 80"):
        ports.is_free(80)
