"""The only way out: every call to a vendor goes through this client.

It bounds each attempt in time and in size, repeats what may be repeated, and says of each failure
whether it may pass, whether the vendor may have acted, and whether it speaks against the vendor's
health. Each attempt passes the service's guard, if there is one: a circuit that opens ends the
tries. It knows nothing about credentials or vendors.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Unpack

import httpx
from tenacity import RetryCallState

from breakwater.adapters.http.body import read_body, read_excerpt
from breakwater.adapters.http.calls import CallObserver, Unobserved, observed
from breakwater.adapters.http.connections import Connection, Connections
from breakwater.adapters.http.exchange import (
    REPEATABLE_METHODS,
    Exchange,
    Patience,
    translated,
    well_formed,
)
from breakwater.adapters.http.messages import headers_of, merged
from breakwater.adapters.http.redaction import credentials_in, excerpt, redact
from breakwater.adapters.http.transport import DeadlineTransport, bounded_to
from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from breakwater.ports import Clock, HttpOptions, HttpResponse, Streaming
from breakwater.resilience.deadline import Deadline
from breakwater.resilience.guards import Guarded
from breakwater.resilience.retry import Backoff, retrying

logger = logging.getLogger(__name__)

MAX_TIMEOUT = 30.0
"""Seconds: no attempt lasts longer (the specification's own bound)."""

_SERVICE_UNAVAILABLE = 503


class RetryableHTTPClient:
    """HTTP with bounded time and tries, to be shared by threads and kept across invocations.

    Times are in seconds. `total_timeout` bounds an attempt from its first byte to its last, however
    slowly they come; the caller's deadline bounds it further. Only 2xx is an answer: redirects are
    not followed. Cookies are kept for as long as the client is (some vendors pin sessions by them).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        guards: Callable[[str], Guarded] | None = None,
        observer: CallObserver | None = None,
        trace: Callable[[], Mapping[str, str]] = dict,
        backoff_min: float = 1.0,
        backoff_max: float = 10.0,
        connect_timeout: float = 5.0,
        read_timeout: float = MAX_TIMEOUT,
        total_timeout: float = MAX_TIMEOUT,
        max_body_bytes: int = 10 * 1024 * 1024,
        ca_bundle: str | None = None,
    ) -> None:
        for timeout in (connect_timeout, read_timeout, total_timeout):
            if not 0.0 < timeout <= MAX_TIMEOUT:
                raise ValueError(f"a timeout must be above 0 and at most {MAX_TIMEOUT:g} seconds")
        self._clock = clock
        self._guards = guards
        self._observer = observer or Unobserved()
        self._trace = trace
        self._backoff = Backoff(shortest=backoff_min, longest=backoff_max)
        self._patience = Patience(connect_timeout, read_timeout, total_timeout)
        self._max_body_bytes = max_body_bytes
        self._connections = Connections(ca_bundle)

    def request(
        self,
        method: str,
        url: str,
        *,
        service: str,
        correlation_id: str,
        deadline: Deadline,
        **options: Unpack[HttpOptions],
    ) -> HttpResponse:
        """Send a request and return its 2xx answer. See ports.HttpClient for the options.

        Raises: TransientError, whose `may_have_applied` covers every attempt (ThrottledError where
        the vendor answered 429 or 503 and named a time). CircuitBreakerOpenError where the circuit
        refuses a try, or has opened with the last one. PermanentError for 3xx and other 4xx and for
        a request that cannot be sent. For a 2xx answer larger than `max_body_bytes`
        PermanentError too, unless the request may have changed something: then TransientError,
        because "refused" would be a lie.
        """
        with well_formed(service):
            exchange = Exchange(
                method=method.upper(),
                url=merged(url, options.get("params")),
                service=service,
                correlation_id=correlation_id,
                deadline=deadline,
                transient=options.get("transient", ()),
                vouches=options.get("vouches", True),
                patience=self._patience_for(options.get("streaming")),
                own_wait=options.get("retry_after"),
                check=options.get("check"),
                ca_bundle=options.get("ca_bundle"),
                ntlm=options.get("ntlm"),
                streaming=options.get("streaming"),
                content={
                    "headers": headers_of(options.get("headers"), correlation_id, self._trace()),
                    "json": options.get("json_body"),
                    "data": options.get("form"),
                },
            )
        repeatable = options.get("repeatable")
        if repeatable is None:
            repeatable = exchange.method in REPEATABLE_METHODS
        return self._run(exchange, repeatable=repeatable)

    def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        self._connections.close()

    def _run(self, exchange: Exchange, *, repeatable: bool) -> HttpResponse:
        call = retrying(
            self._backoff,
            repeatable=repeatable,
            deadline=exchange.deadline,
            asked=lambda: exchange.retry_after,
            sleep=self._clock.sleep,
            before_sleep=partial(self._before_retry, exchange),
        )
        try:
            return call(self._attempt, exchange)
        except CircuitBreakerOpenError as refused:
            refused.may_have_applied = exchange.may_have_applied
            raise
        except (TransientError, PermanentError) as error:
            _log_failure(exchange, error)
            raise

    def _attempt(self, exchange: Exchange) -> HttpResponse:
        exchange.attempts += 1
        exchange.retry_after = None
        try:
            return self._guarded(exchange)
        except TransientError as error:
            # A PUT that timed out, and was then refused a connection, may still have landed.
            exchange.may_have_applied |= error.may_have_applied and not exchange.changes_nothing
            error.may_have_applied = exchange.may_have_applied
            raise

    def _before_retry(self, exchange: Exchange, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        fields = exchange.log_fields(getattr(error, "status_code", None))
        if self._guards is not None:
            try:
                self._guards(exchange.service).refuse_if_open()
            except CircuitBreakerOpenError:
                logger.warning("not retried, the circuit is open: %s", error, extra=fields)
                raise
        fields["retry_in"] = round(state.upcoming_sleep, 3)
        logger.warning("retrying: %s", error, extra=fields)

    def _guarded(self, exchange: Exchange) -> HttpResponse:
        granted = exchange.grant()
        with self._connections.lent(
            service=exchange.service,
            ca_bundle=exchange.ca_bundle,
            alone=exchange.ntlm is not None,
        ) as connection:
            with well_formed(exchange.service):
                request = connection.client.build_request(
                    exchange.method, exchange.url, timeout=granted.to_httpx(), **exchange.content
                )
            send = partial(self._send, exchange, connection, request)
            if self._guards is None:
                return send()
            guard = self._guards(exchange.service)
            with guard.guard(timeout=granted.total, vouches=exchange.vouches):
                exchange.grant()  # again: the guard's own storage may have taken a moment
                return send()

    def _send(
        self, exchange: Exchange, connection: Connection, request: httpx.Request
    ) -> HttpResponse:
        send = partial(connection.client.send, stream=True)
        if exchange.ntlm is not None:
            # Only now: it brings a library of cryptography along, and few vendors need it.
            from breakwater.adapters.http.ntlm import authenticated

            send = partial(authenticated, connection.client, exchange.ntlm)
        watched = observed(self._observer, exchange.service, self._clock)
        with bounded_to(exchange.granted.total), watched, translated(exchange):
            response = send(request)
            try:
                return self._receive(exchange, response, connection.transport)
            finally:
                response.close()

    def _receive(
        self, exchange: Exchange, response: httpx.Response, transport: DeadlineTransport
    ) -> HttpResponse:
        status, sent = response.status_code, credentials_in(exchange.content)
        if response.is_success:
            answer = HttpResponse(
                status_code=status,
                headers=dict(response.headers),
                body=self._body(exchange, response),
                service=exchange.service,
                may_have_applied=not exchange.changes_nothing,
                redact=partial(redact, sent=sent),
            )
            if exchange.check is not None:
                exchange.check(answer)
            return answer
        if status == _SERVICE_UNAVAILABLE:
            # A balancer keeps a connection on the server that cannot serve: the next one may.
            transport.retire_connections()
        exchange.hear(status, response.headers, self._clock.now())
        raise exchange.error_for(status, excerpt(read_excerpt(response), sent))

    def _body(self, exchange: Exchange, response: httpx.Response) -> bytes:
        streaming = exchange.streaming
        if streaming is None:
            return read_body(response, self._max_body_bytes)
        return read_body(response, streaming.max_bytes, streaming.is_whole)

    def _patience_for(self, streaming: Streaming | None) -> Patience:
        if streaming is None:
            return self._patience
        return Patience(self._patience.connect, streaming.between_bytes, streaming.total)


def _log_failure(exchange: Exchange, error: TransientError | PermanentError) -> None:
    # Without a traceback: the library's own messages below it may quote what was sent.
    logger.error("gave up: %s", error, extra=exchange.log_fields(error.status_code))
