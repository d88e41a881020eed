"""Puts the stand-ins together: one application, each vendor under its name."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from infra.local.standins import intune
from infra.local.standins.control import Control
from infra.local.standins.faults import Faults
from infra.local.standins.ledger import Clock, Effects, Journal
from infra.local.standins.misbehaviour import Misbehaving
from infra.local.standins.vendor import Build

VENDORS: Sequence[Build] = (intune.build,)
"""Every vendor that is served; a new one adds its `build` here."""


def assemble() -> tuple[ASGIApp, frozenset[str]]:
    """Build the application with fresh state; return it with the vendors' names."""
    clock, effects, faults, journal = Clock(), Effects(), Faults(), Journal()
    vendors = [build(clock, effects) for build in VENDORS]
    control = Control(clock=clock, faults=faults, effects=effects, journal=journal, vendors=vendors)
    routes = [Mount("/_control", app=control.app())]
    for vendor in vendors:
        front = Misbehaving(
            vendor.app, faults=faults, journal=journal, error_body=vendor.error_body
        )
        routes.append(Mount(f"/{vendor.name}", app=front))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app, frozenset(vendor.name for vendor in vendors)
