"""What begins an activity: the legacy API's InstallPackages, and snaps."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.standins.landscape.manners import (
    LandscapeError,
    guarded,
    read_form,
    read_json,
)
from infra.local.standins.landscape.models import SNAPS_BODY, ComputerSpec
from infra.local.standins.landscape.state import State

REQUIRED = {"action", "version", "query", "packages.1"}
OPTIONAL = {"deliver_after", "deliver_delay_window"}


class Installs:
    """The handlers of what changes computers."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Return the routes. The legacy endpoint ends with a slash, the REST API's does not."""
        return [
            Route("/api/", guarded(self._state, self._legacy), methods=["POST"]),
            Route("/api/v2/snaps", guarded(self._state, self._snaps), methods=["POST"]),
        ]

    async def _legacy(self, request: Request) -> Response:
        form = await read_form(request)
        packages = _packages(form)
        delay = _checked(form)
        computers = self._selected(form["query"])
        unknown = sorted(set(packages) - self._state.packages)
        if unknown:
            raise LandscapeError("UnknownPackages", f"Unknown: {', '.join(unknown)}")
        activity = self._state.begin(_summary(packages), computers, delay_minutes=delay)
        self._state.count("install", "packages", " ".join(packages))
        return JSONResponse(self._state.view(activity))

    async def _snaps(self, request: Request) -> Response:
        body = await read_json(request, SNAPS_BODY)
        unknown = [one for one in body.computer_ids if one not in self._state.computers]
        if unknown:
            raise LandscapeError("UnknownComputers", f"Unknown: {unknown}")
        computers = [self._state.computers[one] for one in body.computer_ids]
        activity = self._state.begin("Install snaps on computer", computers)
        names = " ".join(snap.name for snap in body.snaps)
        self._state.count("install", "snaps", names)
        return JSONResponse(self._state.view(activity))

    def _selected(self, query: str) -> list[ComputerSpec]:
        """Return the computers of a query. UNSURE: much more can be asked; nothing here does."""
        name, _, value = query.partition(":")
        if name not in ("tag", "id") or not value or " " in value:
            raise LandscapeError("InvalidQuery", f"'{query}' is not understood.")
        found = [
            one
            for one in self._state.computers.values()
            if (value in one.tags if name == "tag" else str(one.id) == value)
        ]
        if not found:
            raise LandscapeError("UnknownComputers", f"'{query}' selects no computer.")
        return found


def _packages(form: Mapping[str, str]) -> list[str]:
    numbered = [name for name in form if re.fullmatch(r"packages\.[1-9]\d*", name)]
    wrong = (set(form) - set(numbered) - OPTIONAL) ^ (REQUIRED - {"packages.1"})
    if wrong or "packages.1" not in form:
        raise LandscapeError("BadRequest", f"Missing or unknown: {sorted(wrong)}", 400)
    expected = [f"packages.{number}" for number in range(1, len(numbered) + 1)]
    if sorted(numbered) != sorted(expected):
        raise LandscapeError("BadRequest", "Packages are numbered from 1 without gaps.", 400)
    return [form[name] for name in expected]


def _checked(form: Mapping[str, str]) -> int:
    """Return the delay window's minutes, everything else being right."""
    if (form["action"], form["version"]) != ("InstallPackages", "2011-08-01"):
        raise LandscapeError("BadRequest", "There is no such action in this version.", 400)
    try:
        if "deliver_after" in form:
            datetime.strptime(form["deliver_after"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        delay = int(form.get("deliver_delay_window", "0"))
    except ValueError as error:
        raise LandscapeError("InvalidTime", str(error)) from error
    if delay < 0:
        raise LandscapeError("InvalidTime", "A window cannot be negative.")
    return delay


def _summary(packages: Sequence[str]) -> str:
    """Return what sums up an activity. UNSURE: how more than two are joined."""
    *most, last = packages
    if not most:
        return f"Install package {last}"
    return f"Install packages {', '.join(most)} and {last}"
