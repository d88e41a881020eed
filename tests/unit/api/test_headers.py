"""What every answer tells browsers and caches: routes, errors and unknown paths alike."""

import re

import pytest

from infra import routes
from tests.access.matrix import MATRIX
from tests.fakes.events import SUBMITTER, http_event
from tests.fakes.front import Front

ROUTES = (*routes.SIGNED_IN, *routes.PUBLIC)
SECURITY = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
CACHED = {"/api/v1/health", "/api/v1/openapi.json", "/api/v1/docs"}


@pytest.mark.parametrize("claims", [None, SUBMITTER])
@pytest.mark.parametrize("route", [*ROUTES, "GET /api/v1/nothing", "DELETE /api/v1/tasks"])
def test__answer__whatever_it_is__carries_the_security_headers(
    front: Front, route: str, claims: dict[str, str] | None
) -> None:
    method, path = re.sub(r"{\w+}", "intune", route).split(" ")
    answer = front.send(http_event(method, path, claims=claims))

    assert answer.headers.items() >= SECURITY.items()
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert answer.headers["x-correlation-id"]


@pytest.mark.parametrize("route", ROUTES)
def test__answer__may_be_cached_by_others__only_where_nobody_signs_in(
    front: Front, route: str
) -> None:
    method, path = re.sub(r"{\w+}", "intune", route).split(" ")
    control = front.send(http_event(method, path, claims=SUBMITTER)).headers["cache-control"]

    assert ("public" in control) == (path in CACHED)
    assert ("public" in control) == (MATRIX[route].expected("anonymous") == (200,))


def test__error__is_never_kept(front: Front) -> None:
    assert front.get("/api/v1/nothing").headers["cache-control"] == "no-store"
    assert front.get("/api/v1/health/x").headers["cache-control"] == "no-store"
