"""Whom a request trusts: the public authorities, or what its own bundle names, and nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from breakwater.adapters.http import RetryableHTTPClient
from breakwater.adapters.http.connections import Connections
from breakwater.domain.errors import ConfigurationError, TransientError
from tests.contract.http.asking import Request
from tests.contract.http.certificates import Signed, issue
from tests.contract.http.server import ScriptedServer, Server, answer, serve

OK = answer()


@pytest.fixture(scope="module")
def authority() -> Signed:
    return issue("Our own authority", authority=True)


@pytest.fixture
def secured(server: Server, tmp_path: Path) -> Callable[..., ScriptedServer]:
    """Start a server that proves itself with a certificate, for so many requests in a row."""

    def start(signed: Signed, answers: int = 1, connections: int = 1) -> ScriptedServer:
        scripts = [serve(*[OK] * answers)] * connections
        return server(*scripts, tls=signed.serve(tmp_path))

    return start


def test__bundle__its_authority_s_server_is_trusted(
    secured: Server, request_: Request, authority: Signed
) -> None:
    vendor = secured(issue(by=authority))
    assert request_("POST", vendor.url, ca_bundle=authority.pem).status_code == 200


def test__bundle__self_signed_certificate_is_its_own_authority(
    secured: Server, request_: Request
) -> None:
    signed = issue()
    assert request_("POST", secured(signed).url, ca_bundle=signed.pem).status_code == 200


def test__bundle__issuing_certificate_without_its_root__trusted(
    secured: Server, request_: Request, authority: Signed
) -> None:
    issuing = issue("Issuing", by=authority, authority=True)
    vendor = secured(issue(by=issuing))
    assert request_("POST", vendor.url, ca_bundle=issuing.pem).status_code == 200


def test__bundle__several_certificates_and_text_between__each_trusted(
    secured: Server, request_: Request, authority: Signed
) -> None:
    bundle = f"Die übliche:\n{issue('Old', authority=True).pem}\nThe new one:\n{authority.pem}"
    vendor = secured(issue(by=authority))
    assert request_("POST", vendor.url, ca_bundle=bundle).status_code == 200


@pytest.mark.parametrize("case", ["no bundle", "a stranger's", "other name", "expired"])
def test__bundle__verification_is_never_off(
    secured: Server, request_: Request, authority: Signed, case: str
) -> None:
    name = "elsewhere.test" if case == "other name" else "localhost"
    ends_in = timedelta(days=-1 if case == "expired" else 1)
    bundle = {"no bundle": None, "a stranger's": issue("Other", authority=True).pem}
    vendor = secured(issue(name, by=authority, ends_in=ends_in))
    with pytest.raises(TransientError, match="not trusted") as caught:
        request_("POST", vendor.url, ca_bundle=bundle.get(case, authority.pem))
    assert vendor.requests == []
    assert not caught.value.may_have_applied


def test__bundles__are_not_mixed_up_over_kept_connections(
    secured: Server, request_: Request, authority: Signed
) -> None:
    vendor = secured(issue(by=authority), answers=3)
    request_("POST", vendor.url, ca_bundle=authority.pem)
    with pytest.raises(TransientError):
        request_("POST", vendor.url)
    request_("POST", vendor.url, ca_bundle=authority.pem)
    assert [one.connection for one in vendor.requests] == [1, 1]


def test__bundle__its_connections_are_kept(
    secured: Server, request_: Request, authority: Signed
) -> None:
    vendor = secured(issue(by=authority), answers=3)
    for _ in range(3):
        request_("POST", vendor.url, ca_bundle=authority.pem)
    assert [one.connection for one in vendor.requests] == [1, 1, 1]


def test__lent_alone__closed_when_it_is_given_back(authority: Signed) -> None:
    connections = Connections(None)
    with connections.lent(service="sccm", ca_bundle=authority.pem, alone=True) as own:
        assert not own.client.is_closed
    assert own.client.is_closed


@pytest.mark.parametrize("bundle", ["", "\n", "not a certificate", "zertifikät", "-----BEGIN"])
def test__bundle__unreadable__configuration_error_and_nothing_is_sent(
    server: Server, request_: Request, bundle: str
) -> None:
    vendor = server(serve(OK))
    with pytest.raises(ConfigurationError, match="intune's ca_bundle"):
        request_("POST", vendor.url, ca_bundle=bundle)
    assert vendor.connections == 0


def test__bundle__truncated__configuration_error(
    server: Server, request_: Request, authority: Signed
) -> None:
    with pytest.raises(ConfigurationError):
        request_("POST", server(serve(OK)).url, ca_bundle=authority.pem[:-60])


def test__bundle__read_once_for_all_threads(
    authority: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections, made = Connections(None), []
    new = connections._new_context

    def counted(service: str, bundle: str | None) -> object:
        made.append(bundle)
        return new(service, bundle)

    monkeypatch.setattr(connections, "_new_context", counted)

    def lend(alone: bool) -> None:
        with connections.lent(service="sccm", ca_bundle=authority.pem, alone=alone):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lend, [True, False] * 8))
    connections.close()
    lend(alone=False)
    connections.close()
    assert made == [authority.pem]


def test__closed_client__opens_again_under_its_bundle(
    secured: Server, request_: Request, client: RetryableHTTPClient, authority: Signed
) -> None:
    vendor = secured(issue(by=authority), connections=2)
    for _ in range(2):
        request_("POST", vendor.url, ca_bundle=authority.pem)
        client.close()
    assert [one.connection for one in vendor.requests] == [1, 2]
