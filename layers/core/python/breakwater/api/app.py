"""The routes, and what every answer has in common."""

import json
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from breakwater.api import breakers as circuits
from breakwater.api import views
from breakwater.api.bodies import invalid, parse
from breakwater.api.callers import OPERATE, SUBMIT, Caller
from breakwater.api.deployments import DeploymentReader
from breakwater.api.problems import MEDIA_TYPE, ApiProblem, Fault, problem_of
from breakwater.domain.errors import BreakwaterError
from breakwater.domain.tasks import Task
from breakwater.resilience.circuit import Circuit
from breakwater.services.accept import Accept
from breakwater.services.breakers import Breakers
from breakwater.services.health import CheckHealth
from breakwater.services.status import ReadTask

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
"""What a key may be: visible ASCII without blanks, as draft-ietf-httpapi-idempotency-key has it."""
HEALTH_MAX_AGE_SECONDS = 5

logger = logging.getLogger(__name__)

Answer = Response[str]


def correlation_id_of(event: Mapping[str, Any]) -> str:
    """Return the caller's correlation id when it is a UUID, else a new one."""
    given = str((event.get("headers") or {}).get("x-correlation-id", ""))
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())


class Api:
    """Answers API Gateway's HTTP API requests, payload 2.0."""

    def __init__(
        self,
        *,
        accept: Accept,
        read_task: ReadTask,
        health: CheckHealth,
        breakers: Breakers,
        deployments: DeploymentReader,
        execution_arn: Callable[[Task], str],
    ) -> None:
        self._accept = accept
        self._read_task = read_task
        self._health = health
        self._breakers = breakers
        self._deployments = deployments
        self._execution_arn = execution_arn
        self._correlation_id = ""
        self._app = APIGatewayHttpResolver()
        self._route("POST", "/api/v1/deployments", self._post_deployment)
        self._route("GET", "/api/v1/tasks/<task_id>/status", self._get_status)
        self._route("GET", "/api/v1/breakers", self._get_breakers)
        self._route("GET", "/api/v1/breakers/<service>", self._get_breaker)
        self._route("PUT", "/api/v1/breakers/<service>/override", self._put_override)
        self._route("GET", "/api/v1/health", self._get_health)
        self._app.not_found(self._not_found)
        self._app.exception_handler([ApiProblem, BreakwaterError, Exception])(self._failed)

    def handle(self, event: dict[str, Any], context: Any, correlation_id: str) -> dict[str, Any]:
        """Answer a request; every answer carries the correlation id."""
        self._correlation_id = correlation_id
        answer: dict[str, Any] = self._app.resolve(event, context)
        answer.setdefault("headers", {})["X-Correlation-ID"] = self._correlation_id
        return answer

    def _route(self, method: str, path: str, handler: Callable[..., Answer]) -> None:
        # Both forms are routes of their own at the gateway; neither redirects to the other.
        for rule in (path, f"{path}/"):
            self._app.route(rule, method=method)(handler)

    def _post_deployment(self) -> Answer:
        caller = self._caller()
        caller.require(SUBMIT)
        event = self._app.current_event
        request = self._deployments.read(
            parse(event.raw_event),
            owner=caller.subject,
            operation="POST /api/v1/deployments",
            correlation_id=self._correlation_id,
            idempotency_key=_idempotency_key(event.headers),
        )
        task = self._accept(request)
        # A replay answers with the correlation id of the request that was accepted.
        self._correlation_id = task.correlation_id
        headers = {
            "Location": views.status_url(task),
            "Retry-After": str(views.RETRY_AFTER_SECONDS),
        }
        return _json(HTTPStatus.ACCEPTED, views.accepted(task), headers)

    def _get_status(self, task_id: str) -> Answer:
        caller = self._caller()
        caller.require(SUBMIT)
        task = None
        if _is_uuid(task_id):
            operator = caller.is_operator
            task = self._read_task(task_id, caller=caller.subject, operator=operator)
        if task is None:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such task.")
        headers = {"ETag": views.etag(task, operator=caller.is_operator)}
        headers["Cache-Control"] = "private, no-cache"
        if not task.status.is_terminal:
            headers["Retry-After"] = str(views.RETRY_AFTER_SECONDS)
        if _matches(self._app.current_event.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(HTTPStatus.NOT_MODIFIED.value, None, "", headers)
        arn = self._execution_arn(task) if caller.is_operator else None
        return _json(HTTPStatus.OK, views.status(task, execution_arn=arn), headers)

    def _get_breakers(self) -> Answer:
        self._caller()
        return _shown(self._breakers.read_all())

    def _get_breaker(self, service: str) -> Answer:
        self._caller()
        self._require_known(service)
        return _shown({service: self._breakers.read(service)})

    def _put_override(self, service: str) -> Answer:
        caller = self._caller()
        caller.require(OPERATE)
        self._require_known(service)
        asked = circuits.read_override(parse(self._app.current_event.raw_event))
        return _shown({service: self._breakers.override(service, asked, by=caller.subject)})

    def _require_known(self, service: str) -> None:
        if service not in self._breakers.services:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such service.")

    def _get_health(self) -> Answer:
        headers = {"Cache-Control": f"public, max-age={HEALTH_MAX_AGE_SECONDS}"}
        return _json(HTTPStatus.OK, circuits.health(self._health()), headers)

    def _caller(self) -> Caller:
        context = self._app.current_event.raw_event.get("requestContext", {})
        return Caller.from_claims(context.get("authorizer", {}).get("jwt", {}).get("claims", {}))

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
        body = problem.body(
            instance=self._app.current_event.path, correlation_id=self._correlation_id
        )
        return Response(problem.status.value, MEDIA_TYPE, body, dict(problem.headers))


def _json(status: HTTPStatus, body: Mapping[str, Any], headers: dict[str, str]) -> Answer:
    return Response(status.value, "application/json", json.dumps(body), dict(headers))


def _shown(found: Mapping[str, Circuit]) -> Answer:
    return _json(HTTPStatus.OK, circuits.overview(found), {"Cache-Control": "no-store"})


def _idempotency_key(headers: Mapping[str, str]) -> str | None:
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise invalid(
            [Fault("Idempotency-Key", "expected 1 to 255 visible ASCII characters without blanks")]
        )
    return key


def _matches(if_none_match: str, etag: str) -> bool:
    """Compare as RFC 9110, section 13.1.2, asks: weakly, against each tag of the list."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
