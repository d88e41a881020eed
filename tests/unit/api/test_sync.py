import json
from typing import Any

import pytest

from breakwater.domain.errors import StorageUnavailableError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Outcome
from tests.fakes.events import OTHER, SUBMITTER, http_event, json_event
from tests.fakes.front import Answer, Front, down


def sync(
    front: Front,
    system: str = "servicenow",
    body: str | None = None,
    *,
    claims: Any = SUBMITTER,
    **headers: str,
) -> Answer:
    path = f"/api/v1/integrations/{system}/sync"
    return front.send(json_event("POST", path, body, claims=claims, **headers))


def end(front: Front, task_id: str) -> None:
    task = front.claim(task_id)
    done = Outcome(status=Status.SUCCESS, result={"pulled": 0})
    front.store.settle(task, done, now=front.clock.now(), expires_at=task.deadline)


@pytest.mark.parametrize("body", [None, "", "{}", ' {"deadline_seconds": 900}'])
def test__sync__is_accepted_stored_and_started(front: Front, body: str | None) -> None:
    answer = sync(front, body=body)

    assert answer.status == 202
    [task] = front.engine.started
    assert answer.json == {
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "status": "accepted",
        "status_url": answer.headers["location"],
    }
    assert (task.kind, task.service, task.owner) == (Kind.SYNC, "servicenow", "user-1")
    seconds = 900 if body and "900" in body else 3600
    command = {"system": "servicenow", "deadline_seconds": seconds}
    assert json.loads(task.input)["command"] == command
    assert (task.deadline - task.created_at).total_seconds() == seconds


def test__sync__status__shows_kind_and_result(front: Front) -> None:
    url = sync(front).headers["location"]
    end(front, url.split("/")[-3])
    status = front.get(url).json

    assert (status["kind"], status["status"]) == ("sync", "SUCCESS")
    assert status["result"] == {"pulled": 0}


@pytest.mark.parametrize("system", ["intune", "sap", "SERVICENOW", "%20"])
def test__sync__unknown_or_not_configured__is_404(front: Front, system: str) -> None:
    assert sync(front, system).status == 404
    assert front.store.tasks == {}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("[]", {"": "expected an object"}),
        ('{"full": true}', {"/full": "unknown field"}),
        (
            '{"deadline_seconds": 1, "a": 1}',
            {
                "/a": "unknown field",
                "/deadline_seconds": "expected a whole number from 900 to 86400",
            },
        ),
    ],
)
def test__sync__wrong_body__lists_every_fault(
    front: Front, body: str, faults: dict[str, str]
) -> None:
    answer = sync(front, body=body)

    assert (answer.status, answer.faults) == (400, faults)


def test__sync__body_of_another_type__is_415(front: Front) -> None:
    path = "/api/v1/integrations/jira/sync"
    assert front.send(http_event("POST", path, body="x", claims=SUBMITTER)).status == 415


@pytest.mark.parametrize(("claims", "status"), [({"sub": "u"}, 403), (None, 401)])
def test__sync__without_the_right__is_refused_before_anything_else(
    front: Front, claims: Any, status: int
) -> None:
    assert sync(front, "sap", claims=claims).status == status


def test__sync__one_is_running__is_409_and_names_it(front: Front) -> None:
    running = sync(front).json
    answer = sync(front, claims=OTHER)

    assert answer.status == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["task_id"] == running["task_id"]
    assert answer.json["status_url"] == running["status_url"]
    assert len(front.store.tasks) == len(front.engine.started) == 1
    assert sync(front, "jira").status == 202


def test__sync__the_other_has_ended__is_accepted(front: Front) -> None:
    end(front, sync(front).json["task_id"])

    assert sync(front).status == 202


def test__sync__the_others_deadline_has_passed__is_accepted(front: Front) -> None:
    sync(front, body='{"deadline_seconds": 900}')
    front.clock.advance(899)
    assert sync(front).status == 409
    front.clock.advance(1)
    assert sync(front).status == 202


def test__sync__same_key__answers_the_same_while_it_runs_and_after(front: Front) -> None:
    first = sync(front, idempotency_key="k")
    again = sync(front, idempotency_key="k")
    end(front, first.json["task_id"])
    sync(front)

    assert (again.status, again.json) == (202, first.json)
    assert sync(front, idempotency_key="k").json == first.json
    assert sync(front, body='{"deadline_seconds": 900}', idempotency_key="k").status == 422
    # Another system's sync is another request: keys hold for a route.
    assert sync(front, "jira", idempotency_key="k").json["task_id"] != first.json["task_id"]


def test__sync__storage_down__is_503(front: Front) -> None:
    front.store.error = down(StorageUnavailableError)

    assert sync(front).status == 503
