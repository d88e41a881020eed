import uuid
from typing import Any

import pytest

from breakwater.domain.errors import ConfigurationError, StorageUnavailableError
from tests.fakes.events import SUBMITTER, http_event
from tests.fakes.front import BODY, Answer, Front, down

UNKNOWN_TASK = "/api/v1/tasks/0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001/status/"
OVERRIDE = "/api/v1/breakers/intune/override"
FORCE = {"mode": "forced_open", "reason": "on fire", "expires_in_seconds": 60}
FIELDS = {"type", "title", "status", "detail", "instance", "correlation_id"}


def assert_is_problem(answer: Answer, status: int, instance: str) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json) - {"errors"} == FIELDS
    assert (answer.json["status"], answer.json["instance"]) == (status, instance)
    assert answer.json["type"] == "about:blank"
    assert answer.json["title"]
    assert answer.json["detail"]
    assert answer.json["correlation_id"] == answer.headers["x-correlation-id"]
    assert uuid.UUID(answer.headers["x-correlation-id"])


@pytest.mark.parametrize(
    ("body", "options", "status"),
    [
        ({}, {}, 400),
        (BODY, {"idempotency_key": ""}, 400),
        (BODY, {"claims": {}}, 401),
        (BODY, {"claims": {"sub": "user-1"}}, 403),
        ("x" * 200_000, {}, 413),
        (BODY, {"content_type": "text/plain"}, 415),
    ],
)
def test__post__refused__is_a_whole_problem_document(
    front: Front, body: Any, options: dict[str, Any], status: int
) -> None:
    assert_is_problem(front.post(body, **options), status, "/api/v1/deployments")


def test__key__reused__is_a_whole_problem_document(front: Front) -> None:
    front.post(idempotency_key="k")
    answer = front.post({**BODY, "deadline_seconds": 901}, idempotency_key="k")

    assert_is_problem(answer, 422, "/api/v1/deployments")


def test__status__unknown_task__is_a_whole_problem_document(front: Front) -> None:
    assert_is_problem(front.get(UNKNOWN_TASK), 404, UNKNOWN_TASK)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v1/deployments"),
        ("DELETE", UNKNOWN_TASK),
        ("POST", "/api/v1/health"),
        ("GET", "/api/v1/health/\ud800"),
    ],
)
def test__route__unknown__is_a_whole_problem_document(front: Front, method: str, path: str) -> None:
    answer = front.send(http_event(method, path, claims=SUBMITTER))

    assert_is_problem(answer, 404, path.replace("\ud800", "%ED%A0%80"))


def test__instance__is_a_uri_reference_whatever_the_path(front: Front) -> None:
    answer = front.get("/api/v1/tasks/a b\u00d9\u0092%/status")

    assert answer.json["instance"] == "/api/v1/tasks/a%20b%C3%99%C2%92%25/status"


def test__storage__down__is_503_with_retry_after_on_every_route(front: Front) -> None:
    front.store.error = front.circuits.error = down(StorageUnavailableError)

    for answer, path in (
        (front.post(), "/api/v1/deployments"),
        (front.get(UNKNOWN_TASK), UNKNOWN_TASK),
        (front.get("/api/v1/health", claims=None), "/api/v1/health"),
        (front.get("/api/v1/breakers"), "/api/v1/breakers"),
        (front.get("/api/v1/breakers/intune"), "/api/v1/breakers/intune"),
        (front.put(OVERRIDE, FORCE), OVERRIDE),
    ):
        assert_is_problem(answer, 503, path)
        assert int(answer.headers["retry-after"]) > 0
        assert "secret-name" not in answer.text


@pytest.mark.parametrize(
    "error", [down(ConfigurationError), RuntimeError("secret-name"), KeyError(1)]
)
def test__error__of_our_own__is_500_that_tells_no_internals(front: Front, error: Exception) -> None:
    front.store.error = front.circuits.error = error
    for answer, path in (
        (front.get("/api/v1/breakers"), "/api/v1/breakers"),
        (front.put(OVERRIDE, FORCE), OVERRIDE),
        (front.post(), "/api/v1/deployments"),
        (front.get(UNKNOWN_TASK), UNKNOWN_TASK),
    ):
        assert_is_problem(answer, 500, path)
        assert answer.json["detail"] == "The request could not be processed."
        assert "secret-name" not in answer.text
        assert "Traceback" not in answer.text


def test__error__unexpected__is_logged_with_its_traceback(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    front.store.error = RuntimeError("boom")
    front.post()

    (record,) = [entry for entry in caplog.records if entry.levelname == "ERROR"]
    assert record.exc_info
    assert record.exc_info[1] is front.store.error
