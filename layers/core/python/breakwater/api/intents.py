"""Deployment intents over HTTP: stated, read back, scored, and named by deployments."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from breakwater.api.bodies import invalid, validate
from breakwater.api.callers import SUBMIT, Caller
from breakwater.api.calls import Answer, Call, Route, answer, unchanged
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.problems import ApiProblem, Fault
from breakwater.api.tasks import accepted, is_uuid
from breakwater.domain.deployment_intents import DeploymentIntent, new_intent
from breakwater.domain.packages import package_key
from breakwater.domain.requests import Request
from breakwater.domain.risk import Scored
from breakwater.domain.risk_levels import AcceptedRisk
from breakwater.domain.tasks import Kind
from breakwater.ports import Clock
from breakwater.services.accept import Accept
from breakwater.services.intents import Intents

PATH = "/api/v1/deployment-intents"
NAMED = "intent_id"
"""What a deployment's request calls the intent that it names."""


class IntentRoutes:
    """What is asked of deployment intents, for the `connectors` that are configured."""

    def __init__(
        self,
        *,
        accept: Accept,
        intents: Intents,
        connectors: Collection[str],
        deadlines: DeadlineBounds,
        clock: Clock,
    ) -> None:
        self._accept = accept
        self._intents = intents
        self._connectors = connectors
        self._deadlines = deadlines
        self._clock = clock

    def __iter__(self) -> Iterator[Route]:
        yield Route("POST", PATH, self._post_intent)
        yield Route("GET", f"{PATH}/<intent_id>", self._get_intent)
        yield Route("POST", f"{PATH}/<intent_id>/risk-score", self._post_score)

    def _post_intent(self, call: Call) -> Answer:
        caller = call.caller_with(SUBMIT)
        stated = new_intent(
            self._statement(call.json()),
            owner=caller.subject,
            operation=f"POST {PATH}",
            idempotency_key=call.idempotency_key,
            correlation_id=call.correlation_id,
            now=self._clock.now(),
        )
        intent = self._intents.state(stated)
        call.correlation_id = intent.correlation_id
        headers = {"Location": f"{PATH}/{intent.intent_id}", **_headers(intent)}
        return answer(HTTPStatus.CREATED, _view(intent), headers)

    def _get_intent(self, call: Call, intent_id: str) -> Answer:
        intent = self._find(call.caller_with(SUBMIT), intent_id)
        headers = _headers(intent)
        if call.holds(headers["ETag"]):
            return unchanged(headers)
        return answer(HTTPStatus.OK, _view(intent), headers)

    def _post_score(self, call: Call, intent_id: str) -> Answer:
        caller = call.caller_with(SUBMIT)
        intent = self._find(caller, intent_id)
        seconds = self._deadlines.read_alone(call.json_if_any())
        request = Request(
            kind=Kind.RISK_SCORE,
            service=intent.connector,
            owner=caller.subject,
            operation=f"POST {PATH}/{intent_id}/risk-score",
            command={"intent_id": intent_id, "deadline_seconds": seconds},
            deadline=timedelta(seconds=seconds),
            correlation_id=call.correlation_id,
            idempotency_key=call.idempotency_key,
        )
        return accepted(call, self._accept(request))

    def _find(self, caller: Caller, intent_id: str) -> DeploymentIntent:
        intent = None
        if is_uuid(intent_id):
            operator = caller.is_operator
            intent = self._intents.find(intent_id, caller=caller.subject, operator=operator)
        if intent is None:
            raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such deployment intent.")
        return intent

    def _statement(self, body: Any) -> Mapping[str, Any]:
        """Return what a body states. Raises ApiProblem 400 with every fault."""
        from breakwater.api.statements import Statement  # it needs pydantic, which takes a while

        if not isinstance(body, dict):
            raise invalid([Fault("", "expected an object")])
        rest = {name: value for name, value in body.items() if name != "connector_type"}
        faults = self._connector_faults(body)
        try:
            stated = validate(Statement, rest).model_dump(mode="json", exclude_none=True)
        except ApiProblem as problem:
            raise invalid([*faults, *problem.faults]) from problem
        if faults:
            raise invalid(faults)
        return {"connector_type": body["connector_type"], **stated}

    def _connector_faults(self, body: Mapping[str, Any]) -> list[Fault]:
        connector = body.get("connector_type")
        if isinstance(connector, str) and connector in self._connectors:
            return []
        what = "required" if "connector_type" not in body else "unknown"
        known = ", ".join(sorted(self._connectors)) or "none is configured"
        return [Fault("/connector_type", f"{what}; known: {known}")]


def read_named(
    body: Mapping[str, Any],
    intents: Intents,
    faults: list[Fault],
    *,
    owner: str,
    service: str | None,
    package: str | None,
) -> AcceptedRisk | None:
    """Return how the intent that a deployment names is scored, if it names one.

    `faults` gets all that is wrong with it: it must be the caller's own, and of what is deployed.
    """
    if NAMED not in body:
        return None
    at, given = f"/{NAMED}", body[NAMED]
    if not isinstance(given, str) or not is_uuid(given):
        faults.append(Fault(at, "expected a UUID"))
        return None
    intent = intents.find(given, caller=owner)
    if intent is None:
        faults.append(Fault(at, "there is no such deployment intent of yours"))
        return None
    if service is not None and intent.connector != service:
        faults.append(Fault(at, f"is an intent for the connector {intent.connector}"))
    elif package is not None and intent.package_key != package_key(intent.connector, package):
        faults.append(Fault(at, f"is an intent for another package: {intent.package}"))
    return intent.risk


def _view(intent: DeploymentIntent) -> dict[str, Any]:
    return {
        "intent_id": intent.intent_id,
        "correlation_id": intent.correlation_id,
        "created_at": intent.created_at.isoformat(),
        **intent.statement,
        "risk": _score(intent.scored) if intent.scored else None,
    }


def _score(scored: Scored) -> dict[str, Any]:
    return {**scored.score.to_json(), "at": scored.at.isoformat(), "task_id": scored.task_id}


def _headers(intent: DeploymentIntent) -> dict[str, str]:
    return {"ETag": f'"{intent.revision}"', "Cache-Control": "private, no-cache"}
