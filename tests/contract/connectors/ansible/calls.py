"""The calls of a deployment, as faults are aimed at them, and ways to stop one in its middle."""

from collections.abc import Callable
from typing import Any

import pytest

from breakwater.ports import HttpResponse
from infra.local.standins.ansible import TEMPLATE
from tests.contract.connectors.ansible.vendor import Ansible
from tests.contract.connectors.world import Machine, World, a_client

TERMS = f"GET /job_templates/{TEMPLATE}/launch/"
LABEL = "POST /labels/"
LAUNCH = f"POST /job_templates/{TEMPLATE}/launch/"
READ = "GET /jobs/1"
"""Jobs have numbers from 1000 on; a list of them has none."""
LOOK = "GET /jobs/?"
CANCEL = "POST /cancel/"


class KilledError(BaseException):
    """A Lambda that was stopped: nothing catches this."""


class Around:
    """The real client, with something done around one call, "METHOD path"."""

    def __init__(
        self,
        http: Any,
        call: str,
        *,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._http = http
        self._method, _, self._path = call.partition(" ")
        self._before, self._after = before, after

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        if method != self._method or self._path not in url:
            answer: HttpResponse = self._http.request(method, url, **options)
            return answer
        self._before()
        answer = self._http.request(method, url, **options)
        self._after()
        return answer


def invoke_with(
    world: World[Ansible], machine: Machine, call: str, **around: Callable[[], None]
) -> None:
    """Run an attempt in an environment of its own."""
    with a_client(world.clock) as http:
        machine.invoke(world.with_http(Around(http, call, **around)))


def killed(world: World[Ansible], machine: Machine, moment: str, call: str = LAUNCH) -> None:
    """Kill an attempt before or after a call."""

    def kill() -> None:
        raise KilledError

    with pytest.raises(KilledError):
        invoke_with(world, machine, call, **{moment: kill})


def in_doubt(world: World[Ansible], when: str = "after", **payload: Any) -> Machine:
    """Return a deployment whose launch got no answer; it has arrived, or it has not."""
    template = payload.get("job_template_id", TEMPLATE)
    world.vendor.fault("reset", f"POST /job_templates/{template}/launch/", when=when)
    machine = world.accept(**payload)
    machine.step()
    assert machine.now().intent is not None
    return machine
