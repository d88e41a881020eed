"""Where the API describes itself."""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from breakwater.api.calls import Answer, Call, Route, answer
from breakwater.api.deadlines import DeadlineBounds

if TYPE_CHECKING:
    from pydantic import BaseModel

MAX_AGE_SECONDS = 300


class DescriptionRoutes:
    """The OpenAPI document, made when it is first asked for."""

    def __init__(
        self, models: "Mapping[str, Callable[[], type[BaseModel]]]", deadlines: DeadlineBounds
    ) -> None:
        self._models = models
        self._deadlines = deadlines
        self._document: dict[str, Any] | None = None

    def __iter__(self) -> Iterator[Route]:
        yield Route("GET", "/api/v1/openapi.json", self._get_document)

    def _get_document(self, _: Call) -> Answer:
        if self._document is None:
            # It imports every payload's model, which no other request should pay for.
            from breakwater.api.openapi.document import document

            self._document = document(self._models, self._deadlines)
        headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"}
        return answer(HTTPStatus.OK, self._document, headers)
