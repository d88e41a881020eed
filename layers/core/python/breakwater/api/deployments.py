"""POST /api/v1/deployments: from a body to a task."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from breakwater.api.bodies import invalid, require_small, strangers, validate
from breakwater.api.callers import SUBMIT
from breakwater.api.calls import Answer, Call, Route
from breakwater.api.changes import read_change
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.intents import NAMED, read_named
from breakwater.api.problems import ApiProblem, Fault
from breakwater.api.tasks import accepted
from breakwater.domain.attempts import OnOpenCircuit
from breakwater.domain.packages import package_key, package_of
from breakwater.domain.requests import MAX_BODY_BYTES, Request, canonical
from breakwater.domain.tasks import Kind
from breakwater.services.accept import Accept
from breakwater.services.intents import Intents

if TYPE_CHECKING:
    from breakwater.ports.payloads import ConnectorPayload

PayloadModels: TypeAlias = "Mapping[str, Callable[[], type[ConnectorPayload]]]"
"""For each configured service, what gives its payload's model (imported when first needed)."""

MAX_COMMAND_BYTES = MAX_BODY_BYTES + 16 * 1024
"""What is stored and run: a body with its defaults. It can be longer than it came (1e15 is written
as 1000000000000000.0), and Step Functions' 256 KiB must also hold an error's cause of 32 KiB."""

FIELDS = frozenset(
    {"connector_type", "payload", "deadline_seconds", "on_open_circuit", "change", NAMED}
)


class DeploymentRoutes:
    """Where deployments are asked for."""

    def __init__(self, *, accept: Accept, deployments: "DeploymentReader") -> None:
        self._accept = accept
        self._deployments = deployments

    def __iter__(self) -> Iterator[Route]:
        yield Route("POST", "/api/v1/deployments", self._post_deployment)

    def _post_deployment(self, call: Call) -> Answer:
        caller = call.caller_with(SUBMIT)
        request = self._deployments.read(
            call.json(),
            owner=caller.subject,
            operation="POST /api/v1/deployments",
            correlation_id=call.correlation_id,
            idempotency_key=call.idempotency_key,
        )
        return accepted(call, self._accept(request))


class DeploymentReader:
    """Reads deployments for the services that are configured."""

    def __init__(
        self,
        models: PayloadModels,
        deadlines: DeadlineBounds,
        *,
        intents: Intents,
        systems: Collection[str] = (),
    ) -> None:
        """Bind to payloads, deadlines, intents, and the systems that document changes."""
        self._models = models
        self._deadlines = deadlines
        self._systems = systems
        self._intents = intents

    def read(
        self,
        body: Any,
        *,
        owner: str,
        operation: str,
        correlation_id: str,
        idempotency_key: str | None,
    ) -> Request:
        """Return the request that a body asks for. Raises ApiProblem 400 with every fault."""
        faults = strangers(body, FIELDS)
        manner = self._manner(body, faults)
        service = self._service(body, faults)
        payload, package = self._payload(body, service, faults)
        risk = read_named(
            body, self._intents, faults, owner=owner, service=service, package=package
        )
        if faults or service is None:
            raise invalid(faults)
        named = {NAMED: risk.intent_id} if risk else {}
        command = {"connector_type": service, "payload": payload, **manner, **named}
        require_small(len(canonical(command)), MAX_COMMAND_BYTES)
        return Request(
            kind=Kind.DEPLOYMENT,
            service=service,
            owner=owner,
            operation=operation,
            command=command,
            deadline=timedelta(seconds=manner["deadline_seconds"]),
            correlation_id=correlation_id,
            idempotency_key=idempotency_key,
            change_system=manner["change"]["system"] if "change" in manner else None,
            package=package_key(service, package) if package else None,
            risk=risk,
        )

    def _manner(self, body: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
        """Return how it is to be done, whatever is deployed where, as a command has it."""
        change = read_change(body, self._systems, faults)
        return {
            "deadline_seconds": self._deadlines.read(body, faults),
            "on_open_circuit": read_on_open_circuit(body, faults).value,
            **({"change": change} if change else {}),
        }

    def _service(self, body: Mapping[str, Any], faults: list[Fault]) -> str | None:
        known = ", ".join(sorted(self._models)) or "none is configured"
        service = body.get("connector_type")
        if isinstance(service, str) and service in self._models:
            return service
        what = "required" if "connector_type" not in body else "unknown"
        faults.append(Fault("/connector_type", f"{what}; known: {known}"))
        return None

    def _payload(
        self, body: Mapping[str, Any], service: str | None, faults: list[Fault]
    ) -> tuple[Mapping[str, Any], str | None]:
        """Return the payload and the name of what it deploys."""
        if "payload" not in body:
            faults.append(Fault("/payload", "required"))
        elif service is not None:
            try:
                model = validate(self._models[service](), body["payload"], at="/payload")
                payload = model.model_dump(mode="json", exclude_defaults=True)
                return payload, package_of(model.deployed)
            except ApiProblem as problem:
                faults.extend(problem.faults)
        return {}, None


def read_on_open_circuit(body: Mapping[str, Any], faults: list[Fault]) -> OnOpenCircuit:
    """Return the body's `on_open_circuit`, or what is assumed and a fault."""
    wish = body.get("on_open_circuit", OnOpenCircuit.WAIT.value)
    try:
        return OnOpenCircuit(wish)
    except ValueError:
        words = " or ".join(f'"{known.value}"' for known in OnOpenCircuit)
        faults.append(Fault("/on_open_circuit", f"expected {words}"))
        return OnOpenCircuit.WAIT
