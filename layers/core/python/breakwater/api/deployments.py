"""POST /api/v1/deployments: from a body to a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from breakwater.api.bodies import invalid, pointer, require_small, validate
from breakwater.api.problems import ApiProblem, Fault
from breakwater.domain.attempts import OnOpenCircuit
from breakwater.domain.requests import MAX_BODY_BYTES, Request, canonical
from breakwater.domain.tasks import Kind

if TYPE_CHECKING:
    from pydantic import BaseModel

PayloadModels: TypeAlias = "Mapping[str, Callable[[], type[BaseModel]]]"
"""For each configured service, what gives its payload's model (imported when first needed)."""

MAX_COMMAND_BYTES = MAX_BODY_BYTES + 16 * 1024
"""What is stored and run: a body with its defaults. It can be longer than it came (1e15 is written
as 1000000000000000.0), and Step Functions' 256 KiB must also hold an error's cause of 32 KiB."""

FIELDS = frozenset({"connector_type", "payload", "deadline_seconds", "on_open_circuit"})


@dataclass(frozen=True, slots=True)
class DeadlineBounds:
    """How long a task may take, in seconds: what is assumed, and what may be asked for."""

    default: int
    least: int
    most: int


class DeploymentReader:
    """Reads deployments for the services that are configured."""

    def __init__(self, models: PayloadModels, deadlines: DeadlineBounds) -> None:
        self._models = models
        self._deadlines = deadlines

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
        if not isinstance(body, dict):
            raise invalid([Fault("", "expected an object")])
        unknown = sorted(set(body) - FIELDS)
        faults = [Fault(pointer([name]), "unknown field") for name in unknown]
        deadline = self._deadline(body, faults)
        on_open_circuit = _on_open_circuit(body, faults)
        service = self._service(body, faults)
        payload = self._payload(body, service, faults)
        if faults or service is None:
            raise invalid(faults)
        command = {
            "connector_type": service,
            "payload": payload,
            "deadline_seconds": deadline,
            "on_open_circuit": on_open_circuit.value,
        }
        require_small(len(canonical(command)), MAX_COMMAND_BYTES)
        return Request(
            kind=Kind.DEPLOYMENT,
            service=service,
            owner=owner,
            operation=operation,
            command=command,
            deadline=timedelta(seconds=deadline),
            correlation_id=correlation_id,
            idempotency_key=idempotency_key,
        )

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
    ) -> Mapping[str, Any]:
        if "payload" not in body:
            faults.append(Fault("/payload", "required"))
        elif service is not None:
            try:
                model = validate(self._models[service](), body["payload"], at="/payload")
                return model.model_dump(mode="json", exclude_defaults=True)
            except ApiProblem as problem:
                faults.extend(problem.faults)
        return {}

    def _deadline(self, body: Mapping[str, Any], faults: list[Fault]) -> int:
        bounds = self._deadlines
        seconds = body.get("deadline_seconds", bounds.default)
        whole = isinstance(seconds, int) and not isinstance(seconds, bool)
        if whole and bounds.least <= seconds <= bounds.most:
            return int(seconds)
        faults.append(
            Fault(
                "/deadline_seconds", f"expected a whole number from {bounds.least} to {bounds.most}"
            )
        )
        return bounds.default


def _on_open_circuit(body: Mapping[str, Any], faults: list[Fault]) -> OnOpenCircuit:
    wish = body.get("on_open_circuit", OnOpenCircuit.WAIT.value)
    try:
        return OnOpenCircuit(wish)
    except ValueError:
        words = " or ".join(f'"{known.value}"' for known in OnOpenCircuit)
        faults.append(Fault("/on_open_circuit", f"expected {words}"))
        return OnOpenCircuit.WAIT
