"""The API as its users meet it, over in-memory twins."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from breakwater.api.app import correlation_id_of
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.deployments import PayloadModels
from breakwater.domain.attempts import Attempt
from breakwater.domain.errors import BreakwaterError
from breakwater.domain.tasks import Task
from breakwater.registry import PAYLOADS
from tests.fakes.events import DEPLOYMENTS, OPERATOR, SUBMITTER, http_event, json_event, post_event
from tests.fakes.groups import Groups
from tests.fakes.tasks import PAYLOAD, claim
from tests.fakes.twins import Twins

BODY: Mapping[str, Any] = {"connector_type": "intune", "payload": PAYLOAD}
DEADLINES = DeadlineBounds(default=3600, least=900, most=86400)


@dataclass(frozen=True)
class Answer:
    """An answer as a client reads it; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def faults(self) -> dict[str, str]:
        """Return `{pointer: detail}` of a validation problem."""
        return {fault["pointer"]: fault["detail"] for fault in self.json["errors"]}


class Front(Twins):
    """The API with a store, an engine and a clock that the test holds."""

    def __init__(
        self,
        models: PayloadModels = PAYLOADS,
        deadlines: DeadlineBounds = DEADLINES,
        *,
        with_provider: bool = True,
        most_unfinished: int = 1000,
    ) -> None:
        super().__init__()
        self._api = Groups.on(
            self,
            models,
            deadlines,
            with_provider=with_provider,
            most_unfinished=most_unfinished,
        ).api()

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer as the function does."""
        return self._api.handle(event, None, correlation_id_of(event))

    def send(self, event: dict[str, Any]) -> Answer:
        answer = self.handle(event)
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        return Answer(answer["statusCode"], headers, answer["body"])

    def post(
        self,
        body: Any = BODY,
        *,
        claims: Mapping[str, Any] | None = SUBMITTER,
        **headers: str,
    ) -> Answer:
        return self.send(post_event(body, claims=claims, **headers))

    def post_text(self, text: str, *, is_base64: bool = False, **headers: str) -> Answer:
        """Post a body as it is; `content_type=""` leaves the header out."""
        names = {"content_type": "application/json", **headers}
        given = {name.replace("_", "-"): value for name, value in names.items() if value}
        event = http_event(
            "POST", DEPLOYMENTS, body=text, headers=given, claims=SUBMITTER, is_base64=is_base64
        )
        return self.send(event)

    def post_to(
        self, path: str, body: Any = None, *, claims: Mapping[str, Any] | None = SUBMITTER, **h: str
    ) -> Answer:
        """Post to any path, without a body where there is none."""
        text = None if body is None else json.dumps(body)
        return self.send(json_event("POST", path, text, claims=claims, **h))

    def get(
        self, path: str, *, claims: Mapping[str, Any] | None = SUBMITTER, **headers: str
    ) -> Answer:
        return self.send(json_event("GET", path, claims=claims, **headers))

    def put(
        self, path: str, body: Any, *, claims: Mapping[str, Any] | None = OPERATOR, **headers: str
    ) -> Answer:
        return self.send(json_event("PUT", path, json.dumps(body), claims=claims, **headers))

    def claim(self, task_id: str, *, number: int = 1) -> Task:
        """Let a step claim the task, as the running execution would."""
        now = self.clock.now()
        return claim(self.store, self.store.tasks[task_id], Attempt(now, number), now=now)


def down(error: type[BreakwaterError]) -> BreakwaterError:
    """Return an error with a text that no client may see."""
    return error("arn:aws:dynamodb:eu-west-1:123456789012:table/secret-name")
