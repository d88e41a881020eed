"""The API: groups of routes, and what every answer has in common."""

import logging
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from breakwater.api.calls import Answer, Call, Route
from breakwater.api.headers import EVERYWHERE
from breakwater.api.problems import MEDIA_TYPE, ApiProblem, problem_of
from breakwater.domain.errors import BreakwaterError

IN_PATHS = "/:@!$&'()*+,;=~"
"""What stands in a path as it is. Source: RFC 3986, section 3.3."""

logger = logging.getLogger(__name__)


def correlation_id_of(event: Mapping[str, Any]) -> str:
    """Return the caller's correlation id when it is a UUID, else a new one."""
    given = str((event.get("headers") or {}).get("x-correlation-id", ""))
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())


class Api:
    """Answers API Gateway's HTTP API requests, payload 2.0."""

    def __init__(self, *groups: Iterable[Route]) -> None:
        self._call = Call({}, "")
        self._app = APIGatewayHttpResolver()
        for group in groups:
            for route in group:
                self._add(route)
        self._app.not_found(self._not_found)
        self._app.exception_handler([ApiProblem, BreakwaterError, Exception])(self._failed)

    def handle(self, event: dict[str, Any], context: Any, correlation_id: str) -> dict[str, Any]:
        """Answer a request; every answer carries the correlation id and the security headers."""
        self._call = Call(event, correlation_id)
        answer: dict[str, Any] = self._app.resolve(event, context)
        own = {**answer.get("headers", {}), "X-Correlation-ID": self._call.correlation_id}
        return {**answer, "headers": {**EVERYWHERE, **own}}

    def _add(self, route: Route) -> None:
        def handler(**parameters: str) -> Answer:
            return route.handler(self._call, **parameters)

        # Both forms are routes of their own at the gateway; neither redirects to the other.
        for rule in (route.path, f"{route.path}/"):
            self._app.route(rule, method=route.method)(handler)

    def _not_found(self, _: Exception) -> Answer:
        return self._problem(ApiProblem(HTTPStatus.NOT_FOUND, "There is no such resource."))

    def _failed(self, error: Exception) -> Answer:
        if isinstance(error, ApiProblem):
            return self._problem(error)
        if isinstance(error, BreakwaterError):
            logger.warning("answered an error: %s", error, exc_info=error)
            return self._problem(problem_of(error))
        logger.error("unexpected error", exc_info=error)
        return self._problem(
            ApiProblem(HTTPStatus.INTERNAL_SERVER_ERROR, "The request could not be processed.")
        )

    def _problem(self, problem: ApiProblem) -> Answer:
        # A URI reference (RFC 9457, section 3.1.5): the gateway hands the path over decoded.
        instance = quote(self._app.current_event.path, safe=IN_PATHS, errors="surrogatepass")
        body = problem.body(instance=instance, correlation_id=self._call.correlation_id)
        return Response(problem.status.value, MEDIA_TYPE, body, dict(problem.headers))
