"""The connections that requests go over, kept apart by whom they trust."""

import contextlib
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from breakwater.adapters.http.transport import DeadlineTransport
from breakwater.domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Connection:
    """A client, and the transport below it; `close` closes both."""

    client: httpx.Client
    transport: DeadlineTransport

    @classmethod
    def trusting(cls, context: ssl.SSLContext) -> "Connection":
        """Return a pool of connections to servers that `context` trusts."""
        transport = DeadlineTransport(context)
        return cls(httpx.Client(transport=transport, trust_env=False), transport)


class Connections:
    """Pools for all threads, one for each bundle of certificates, and connections for one request.

    Bundles come from settings: there are as many as services that have one.
    """

    def __init__(self, ca_file: str | None) -> None:
        """`ca_file` is trusted where a request brings no bundle; None: the public authorities."""
        # httpx logs whole URLs and httpcore headers, at levels that a root logger may have.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._contexts: dict[str | None, ssl.SSLContext] = {}
        self._pools: dict[str | None, Connection] = {}

    @contextlib.contextmanager
    def lent(self, *, service: str, ca_bundle: str | None, alone: bool) -> Iterator[Connection]:
        """Lend the pool that trusts `ca_bundle`, or a connection of its own if `alone`.

        Raises: ConfigurationError where no certificate can be read from `ca_bundle`.
        """
        with self._lock:
            context = self._context(service, ca_bundle)
            if not alone and ca_bundle not in self._pools:
                self._pools[ca_bundle] = Connection.trusting(context)
            shared = self._pools.get(ca_bundle)
        if shared is not None and not alone:
            yield shared
            return
        own = Connection.trusting(context)
        with contextlib.closing(own.client):
            yield own

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.client.close()

    def _context(self, service: str, ca_bundle: str | None) -> ssl.SSLContext:
        if ca_bundle not in self._contexts:
            self._contexts[ca_bundle] = self._new_context(service, ca_bundle)
        return self._contexts[ca_bundle]

    def _new_context(self, service: str, ca_bundle: str | None) -> ssl.SSLContext:
        if ca_bundle is not None:
            return _trusting_only(service, ca_bundle)
        if self._ca_file is not None:
            return ssl.create_default_context(cafile=self._ca_file)
        return httpx.create_ssl_context(trust_env=False)


def _trusting_only(service: str, ca_bundle: str) -> ssl.SSLContext:
    """Return a context that verifies chain, validity and name against `ca_bundle` and no other."""
    # Bundles have comments between the certificates, in any language.
    text = ca_bundle.encode("ascii", "replace").decode()
    try:
        # An empty text would count as none, and trust the system's authorities.
        context = ssl.create_default_context(cadata=text or "\n")
    except (ssl.SSLError, ValueError) as error:
        raise ConfigurationError(
            f"{service}'s ca_bundle holds no certificate that can be read"
        ) from error
    # The same on every Python. What was named is trusted, an issuing or a server's own certificate
    # too; and the strictness about form that 3.13 adds refuses what servers make for themselves.
    context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
