"""Where the API describes itself: to programs, and to people."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from breakwater.api.calls import Answer, Call, Route, unchanged
from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.deployments import PayloadModels

MAX_AGE_SECONDS = 300


class DescriptionRoutes:
    """The OpenAPI document, made when it is first asked for, and the page that shows it."""

    def __init__(self, models: PayloadModels, deadlines: DeadlineBounds) -> None:
        self._models = models
        self._deadlines = deadlines
        self._document = ""

    def __iter__(self) -> Iterator[Route]:
        yield Route("GET", "/api/v1/openapi.json", self._get_document)
        yield Route("GET", "/api/v1/docs", self._get_page)

    def _get_document(self, call: Call) -> Answer:
        if not self._document:
            # It imports every payload's model, which no other request should pay for.
            from breakwater.api.openapi.document import document

            self._document = json.dumps(document(self._models, self._deadlines))
        return _kept(call, "application/json", self._document, {})

    def _get_page(self, call: Call) -> Answer:
        from breakwater.api.openapi.swagger import page

        html, policy = page()
        return _kept(call, "text/html; charset=utf-8", html, {"Content-Security-Policy": policy})


def _kept(call: Call, media_type: str, text: str, headers: Mapping[str, str]) -> Answer:
    """Return what everybody may keep for a while, compressed for those who take it so."""
    headers = {
        **headers,
        "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
        # Weak: it is the same whether compressed or not.
        "ETag": f'W/"{sha256(text.encode()).hexdigest()[:32]}"',
        "Vary": "Accept-Encoding",
    }
    if call.holds(headers["ETag"].removeprefix("W/")):
        return unchanged(headers)
    return Response(HTTPStatus.OK.value, media_type, text, headers, compress=True)
