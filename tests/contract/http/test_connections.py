"""Which connection a request goes over, and what becomes of those nobody uses."""

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.domain.errors import TransientError
from tests.contract.http.asking import Request, asking
from tests.contract.http.server import Connection, Server, answer, serve, trickle_headers
from tests.fakes.clock import FakeClock

OK = answer()


def test__healthy_connection__used_again(server: Server, request_: Request) -> None:
    vendor = server(serve(OK, OK, OK))
    for _ in range(3):
        request_("POST", vendor.url)
    assert [r.connection for r in vendor.requests] == [1, 1, 1]


def test__429_and_500__leave_the_connection_in_use(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(429), answer(500), OK))
    request_("GET", vendor.url)
    assert [r.connection for r in vendor.requests] == [1, 1, 1]


def test__503__the_next_try_opens_a_new_connection(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(503), OK), serve(OK, OK))
    request_("GET", vendor.url)
    request_("GET", vendor.url)
    assert [r.connection for r in vendor.requests] == [1, 2, 2]


def test__503__does_not_disturb_a_request_under_way_in_another_thread(
    server: Server, request_: Request
) -> None:
    asked, proceed = threading.Event(), threading.Event()

    def slowly(connection: Connection) -> None:
        connection.receive()
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsl")
        asked.set()
        proceed.wait(5)
        connection.send(b"ow")

    vendor = server(slowly, serve(answer(503)), serve(OK))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(request_, "POST", vendor.url)
        assert asked.wait(5)
        with pytest.raises(TransientError):
            request_("POST", vendor.url)
        proceed.set()
        assert slow.result().body == b"slow"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test__idle_connection_was_closed_by_the_vendor__a_new_one_is_used(
    server: Server, request_: Request, clock: FakeClock, method: str
) -> None:
    closed = threading.Event()

    def once(connection: Connection) -> None:
        connection.receive()
        connection.send(OK)
        connection.close()
        closed.set()

    vendor = server(once, serve(OK))
    request_("GET", vendor.url)
    assert closed.wait(5)
    request_(method, vendor.url)
    assert [r.connection for r in vendor.requests] == [1, 2]
    assert clock.slept == []


def close_on_the_second_request(connection: Connection) -> None:
    connection.receive()
    connection.send(OK)
    connection.receive()


def test__idle_connection_closes_as_it_is_used__get_is_tried_again(
    server: Server, request_: Request
) -> None:
    vendor = server(close_on_the_second_request, serve(OK))
    request_("GET", vendor.url)
    assert request_("GET", vendor.url).status_code == 200
    assert len(vendor.requests) == 3


def test__idle_connection_closes_as_it_is_used__post_is_not_sent_again(
    server: Server, request_: Request
) -> None:
    vendor = server(close_on_the_second_request, serve(OK))
    request_("GET", vendor.url)
    with pytest.raises(TransientError) as caught:
        request_("POST", vendor.url)
    assert caught.value.may_have_applied
    assert [r.method for r in vendor.requests] == ["GET", "POST"]


def test__closed_client__opens_again(
    server: Server, request_: Request, client: RetryableHTTPClient
) -> None:
    vendor = server(serve(OK), serve(OK))
    client.close()
    request_("GET", vendor.url)
    client.close()
    request_("GET", vendor.url)
    assert [r.connection for r in vendor.requests] == [1, 2]


@pytest.mark.parametrize("total", [1.5])
def test__threads__each_bounded_on_its_own(server: Server, request_: Request) -> None:
    vendor = server(*[Connection.hang, *[serve(OK)] * 7])
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(request_, "POST", vendor.url) for _ in range(8)]
    failures = [call for call in calls if call.exception()]
    assert len(failures) == 1
    assert isinstance(failures[0].exception(), TransientError)


def test__cookies__kept_for_the_same_host(server: Server, request_: Request) -> None:
    vendor = server(serve(answer(set_cookie="route=7"), OK))
    request_("GET", vendor.url)
    request_("GET", vendor.url)
    assert vendor.requests[1].headers["cookie"] == "route=7"


def test__environment_proxies__ignored(
    server: Server, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert request_("GET", server(serve(OK)).url).status_code == 200


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "vendor.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test__tls__verified_against_the_bundle_and_bounded(server: Server, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    vendor = server(serve(OK), trickle_headers, serve(OK), tls=context)
    clock = FakeClock()
    with asking(clock, total_timeout=1.5, ca_bundle=str(certificate)) as ask:
        assert ask("POST", vendor.url).status_code == 200
    with (
        asking(clock, total_timeout=1.5, ca_bundle=str(certificate)) as ask,
        pytest.raises(TransientError, match="did not answer in time"),
    ):
        ask("POST", vendor.url)
    with asking(clock) as stranger, pytest.raises(TransientError, match="not trusted"):
        stranger("POST", vendor.url)
    assert len(vendor.requests) == 2
