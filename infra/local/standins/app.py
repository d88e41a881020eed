"""Puts the stand-ins together: one application, each vendor under its name."""

from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from infra.local.standins import ai, ansible, intune, jamf, jira, landscape, sccm, servicenow
from infra.local.standins.control import Control
from infra.local.standins.faults import Faults
from infra.local.standins.ledger import Clock, Effects, Journal
from infra.local.standins.misbehaviour import Misbehaving, Watch, unwatched
from infra.local.standins.vendor import Build, Vendor

VENDORS: Sequence[Build] = (
    intune.build,
    servicenow.build,
    jira.build,
    landscape.build,
    ansible.build,
    sccm.build,
    jamf.build,
    ai.build,
)
"""Every vendor that is served; a new one adds its `build` here."""


def assemble(watch: Watch = unwatched) -> tuple[ASGIApp, Mapping[str, Vendor]]:
    """Build the application with fresh state; return it with the vendors, by name."""
    clock, effects, faults, journal = Clock(), Effects(), Faults(), Journal()
    vendors = [build(clock, effects) for build in VENDORS]
    control = Control(clock=clock, faults=faults, effects=effects, journal=journal, vendors=vendors)
    routes = [Mount("/_control", app=control.app())]
    for vendor in vendors:
        front = Misbehaving(vendor, faults=faults, journal=journal, watch=watch)
        routes.append(Mount(f"/{vendor.name}", app=front))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app, {vendor.name: vendor for vendor in vendors}
