"""Windows' login by password: on a connection of its own, bound to its TLS, within the attempt."""

import contextlib
import hashlib
import logging
import struct
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from breakwater.domain.errors import ConfigurationError, PermanentError, TransientError
from breakwater.ports import NtlmAccount
from infra.local.standins.sccm.ntlm import (
    PASSWORD,
    USER,
    Challenge,
    begins,
    bindings_of,
    token_of,
)
from tests.contract.http.asking import Request
from tests.contract.http.certificates import issue
from tests.contract.http.server import Connection, Received, Script, Server, answer, serve

ACCOUNT = NtlmAccount(USER, PASSWORD)
OFFER = ("Negotiate", "NTLM")


def refusal(*offers: str, body: bytes = b"<html>Unauthorized</html>") -> bytes:
    """Return a 401 with one header for each offer, as http.sys sends them."""
    lines = "".join(f"www-authenticate: {offer}\r\n" for offer in offers)
    return answer(401, body).replace(b"\r\n", f"\r\n{lines}".encode(), 1)


def token(received: Received) -> bytes:
    found = token_of(received.headers.get("authorization", ""))
    assert found is not None
    return found


def windows(*answers: bytes, tokens: list[bytes] | None = None) -> Script:
    """Return a script that logs the client in for each of its requests on the connection."""

    def script(connection: Connection) -> None:
        for data in answers:
            assert begins(token(connection.receive()))
            challenge = Challenge()
            connection.send(refusal("Negotiate", challenge.header))
            final = token(connection.receive())
            if tokens is not None:
                tokens.append(final)
            connection.send(data if challenge.met_by(final) else refusal(*OFFER))

    return script


def test__login__both_legs_on_one_connection_with_the_whole_request(
    server: Server, request_: Request
) -> None:
    vendor = server(windows(answer(201, b'{"id": 1}')))
    answered = request_("POST", vendor.url, json_body={"a": 1}, ntlm=ACCOUNT)
    assert (answered.status_code, answered.json()) == (201, {"id": 1})
    assert [one.connection for one in vendor.requests] == [1, 1]
    assert {one.body for one in vendor.requests} == {b'{"a":1}'}
    assert {one.headers["x-correlation-id"] for one in vendor.requests} == {"corr-1"}


def test__login__each_request_has_a_connection_of_its_own(
    server: Server, request_: Request
) -> None:
    vendor = server(serve(answer(), answer()), windows(answer()), windows(answer()))
    request_("GET", vendor.url)
    request_("GET", vendor.url, ntlm=ACCOUNT)
    request_("GET", vendor.url, ntlm=ACCOUNT)
    request_("GET", vendor.url)
    assert [one.connection for one in vendor.requests] == [1, 2, 2, 3, 3, 1]
    assert "authorization" not in vendor.requests[-1].headers


@pytest.mark.parametrize("data", [answer(), answer(403)])
def test__login__its_connection_is_closed_at_once(
    server: Server, request_: Request, data: bytes
) -> None:
    closed = threading.Event()

    def script(connection: Connection) -> None:
        windows(data)(connection)
        with pytest.raises(EOFError):
            connection.receive()
        closed.set()

    vendor = server(script)
    with contextlib.suppress(PermanentError):
        request_("GET", vendor.url, ntlm=ACCOUNT)
    assert closed.wait(5)


@pytest.mark.parametrize("password", ["wrong", "", "wröng"])
def test__login__wrong_password__401_and_it_is_told_nowhere(
    server: Server, request_: Request, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    caplog.set_level(logging.DEBUG)
    account = NtlmAccount(USER, password)
    with pytest.raises(PermanentError) as caught:
        request_("GET", server(windows(answer())).url, ntlm=account)
    assert caught.value.status_code == 401
    assert not password or password not in caplog.text + str(caught.value) + repr(account)
    assert "TlRMTVNTUA" not in caplog.text  # "NTLMSSP", in base64


def test__login__server_without_ntlm__401_after_one_leg(server: Server, request_: Request) -> None:
    vendor = server(serve(refusal("Negotiate", 'Bearer realm="x"')))
    with pytest.raises(PermanentError) as caught:
        request_("GET", vendor.url, ntlm=ACCOUNT)
    assert (caught.value.status_code, len(vendor.requests)) == (401, 1)


@pytest.mark.parametrize("status", [200, 403, 500])
def test__first_leg__answered_without_a_challenge__that_is_the_answer(
    server: Server, request_: Request, status: int
) -> None:
    vendor = server(serve(answer(status, b"{}")))
    try:
        seen = request_("POST", vendor.url, ntlm=ACCOUNT).status_code
    except (PermanentError, TransientError) as error:
        seen = error.status_code or 0
    assert (seen, len(vendor.requests)) == (status, 1)


@pytest.mark.parametrize(
    "challenge",
    [
        "NTLM ????",
        "NTLM AAAA",
        "NTLM TlRMTVNTUAACAAAA",
        "NTLM TlRMTVNTUAADAAAA",
        "ntlm " + "A" * 400,
    ],
)
def test__challenge__that_cannot_be_read__transient(
    server: Server, request_: Request, challenge: str
) -> None:
    vendor = server(serve(refusal(challenge)))
    with pytest.raises(TransientError, match="did not speak HTTP"):
        request_("POST", vendor.url, ntlm=ACCOUNT)


def test__challenge__every_way_to_cut_it_short__no_surprises(
    server: Server, request_: Request
) -> None:
    whole = Challenge().header
    # Four characters of base64 are three bytes.
    cuts = [whole[:end] for end in range(len("NTLM "), len(whole), 12)]
    vendor = server(*[serve(refusal(cut)) for cut in cuts] * 2)
    for _ in cuts:
        with pytest.raises((TransientError, PermanentError)):
            request_("POST", vendor.url, ntlm=ACCOUNT)


def test__challenge__page_without_end__bounded(server: Server, request_: Request) -> None:
    page = refusal(Challenge().header, body=b"x" * 200_000)
    with pytest.raises(TransientError, match="did not speak HTTP"):
        request_("POST", server(serve(page)).url, ntlm=ACCOUNT)


@pytest.mark.parametrize("total", [0.4])
@pytest.mark.parametrize("leg", [1, 2])
def test__leg__that_hangs__bounded_by_the_attempt(
    server: Server, request_: Request, leg: int
) -> None:
    def script(connection: Connection) -> None:
        connection.receive()
        if leg == 2:
            connection.send(refusal(Challenge().header))
            connection.receive()
        connection.hang()

    began = time.monotonic()
    with pytest.raises(TransientError, match="did not answer in time") as caught:
        request_("POST", server(script).url, ntlm=ACCOUNT)
    assert time.monotonic() - began < 2
    assert caught.value.may_have_applied


def test__channel__answer_is_bound_to_the_certificate(
    server: Server, request_: Request, tmp_path: Path
) -> None:
    for hash_ in (hashes.SHA256(), hashes.SHA384()):
        signed, tokens = issue(hash_=hash_), list[bytes]()
        vendor = server(windows(answer(), tokens=tokens), tls=signed.serve(tmp_path))
        request_("GET", vendor.url, ntlm=ACCOUNT, ca_bundle=signed.pem)
        # RFC 5929, section 4, in the structure of RFC 2744: no addresses, then the data.
        data = b"tls-server-end-point:" + hashlib.new(hash_.name, signed.der).digest()
        expected = hashlib.md5(bytes(16) + struct.pack("<I", len(data)) + data)  # noqa: S324
        assert bindings_of(tokens[0]) == expected.digest()


def test__channel__stranger_s_certificate__nothing_is_sent(
    server: Server, request_: Request, tmp_path: Path
) -> None:
    vendor = server(windows(answer()), tls=issue().serve(tmp_path))
    with pytest.raises(TransientError, match="not trusted"):
        request_("POST", vendor.url, ntlm=ACCOUNT, ca_bundle=issue().pem)
    assert vendor.requests == []


def test__bundle__unreadable__configuration_error(server: Server, request_: Request) -> None:
    with pytest.raises(ConfigurationError):
        request_("GET", server(serve(answer())).url, ntlm=ACCOUNT, ca_bundle="nonsense")
