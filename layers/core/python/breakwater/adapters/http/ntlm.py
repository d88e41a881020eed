"""Windows' login by password: a challenge, and its answer, on one connection (MS-NLMP, MS-NTHT).

It is the connection that is logged in, so it must carry nobody else's requests. Each leg is the
whole request: whoever needs no login has answered it with the first one.
"""

import base64
import binascii
import hashlib
import logging
import struct

import httpx
import spnego
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from breakwater.adapters.http.body import BodyTooLargeError, read_body
from breakwater.ports import NtlmAccount

SCHEME = "NTLM"
_UNAUTHORIZED = 401
_LONGEST_REFUSAL = 64 * 1024
"""Bytes of a challenge's own page, which must be read before the connection can be used again."""

# It logs tokens, at a level that a root logger may have.
logging.getLogger("spnego").setLevel(logging.WARNING)


def authenticated(
    client: httpx.Client, account: NtlmAccount, request: httpx.Request
) -> httpx.Response:
    """Send `request` as `account` over a client that nobody shares; return the answer's head.

    That of the first leg, if it is no challenge. Raises what httpx and httpcore raise.
    """
    context = spnego.client(account.user, account.password, protocol="ntlm")
    request.headers["Authorization"] = _header(context.step())
    response = client.send(request, stream=True)
    token = _challenge(response)
    if token is None:
        return response
    bindings = _bindings(response)
    _drain(response)
    try:
        answer = context.step(token, channel_bindings=bindings)
    except (SpnegoError, ValueError, struct.error) as error:
        raise httpx.RemoteProtocolError("the challenge cannot be read") from error
    request.headers["Authorization"] = _header(answer)
    return client.send(request, stream=True)


def _header(token: bytes | None) -> str:
    return f"{SCHEME} {base64.b64encode(token or b'').decode()}"


def _challenge(response: httpx.Response) -> bytes | None:
    """Return the server's challenge; None where it has answered, or takes no NTLM."""
    if response.status_code != _UNAUTHORIZED:
        return None
    for offer in response.headers.get_list("www-authenticate", split_commas=True):
        scheme, _, token = offer.strip().partition(" ")
        if scheme.upper() == SCHEME and token:
            try:
                return base64.b64decode(token, validate=True)
            except binascii.Error:
                return b""  # which cannot be read either
    return None


def _drain(response: httpx.Response) -> None:
    try:
        read_body(response, _LONGEST_REFUSAL)
    except BodyTooLargeError as error:
        raise httpx.RemoteProtocolError("the challenge is too long") from error
    finally:
        response.close()


def _bindings(response: httpx.Response) -> GssChannelBindings | None:
    """Return what binds the answer to this TLS connection (RFC 5929, tls-server-end-point).

    A server with extended protection takes no answer without it, and none that was relayed.
    """
    secured = response.extensions["network_stream"].get_extra_info("ssl_object")
    if secured is None:
        return None
    certificate = secured.getpeercert(True)
    try:
        used = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return None
    name = "sha256" if used is None or used.name in {"md5", "sha1"} else used.name
    digest = hashlib.new(name, certificate).digest()
    return GssChannelBindings(application_data=b"tls-server-end-point:" + digest)
