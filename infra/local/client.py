"""A small client of the product's HTTPS API, for the scenario and the end-to-end tests."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

TERMINAL = frozenset({"SUCCESS", "FAILED", "UNKNOWN", "CANCELLED"})

_GLANCE_SECONDS = 0.05
"""Often enough to see a retry's pause, which takes seconds even with the shortest settings."""


@dataclass(frozen=True)
class Run:
    """What was seen of a task from its 202 on."""

    task_id: str
    statuses: tuple[str, ...]
    """In order, each once for as long as it lasted."""
    last: Mapping[str, Any]
    """The last status document."""
    seconds: float

    @property
    def ended(self) -> bool:
        """Whether the task came to an end while it was watched."""
        return self.last.get("status") in TERMINAL


@dataclass
class Client:
    """Calls the API as one user."""

    api_url: str
    token: str | None
    http: httpx.Client = field(
        # No proxy and no .netrc of the environment: it is all on loopback.
        default_factory=lambda: httpx.Client(timeout=15, trust_env=False),
        repr=False,
    )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """Send a request; `path` is below /api/v1, `body` is httpx's json, content or params."""
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(
            method,
            f"{self.api_url}/api/v1/{path}",
            headers={**authorization, **(headers or {})},
            **body,
        )

    def deploy(
        self,
        payload: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> httpx.Response:
        """Post a deployment, to Intune unless `members`, further members of the body, say so."""
        body = {"connector_type": "intune", "payload": dict(payload), **members}
        return self.request("POST", "deployments", headers=headers, json=body)

    def status(self, task_id: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Ask where a task stands."""
        return self.request("GET", f"tasks/{task_id}/status/", headers=headers)

    def watch(self, task_id: str, *, seconds: float, until: Collection[str] = TERMINAL) -> Run:
        """Ask again and again until the task has ended (or is in `until`), at most `seconds`."""
        since = time.monotonic()
        statuses: list[str] = []
        while True:
            last = self.status(task_id).raise_for_status().json()
            if statuses[-1:] != [last["status"]]:
                statuses.append(last["status"])
            elapsed = time.monotonic() - since
            if last["status"] in until or elapsed >= seconds:
                return Run(task_id, tuple(statuses), last, elapsed)
            time.sleep(_GLANCE_SECONDS)
