"""A Lambda that dies around one of its calls, or is overtaken at it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from breakwater.domain.attempts import Attempt
from breakwater.domain.progress import Directive
from breakwater.ports import HttpResponse
from tests.contract.connectors.vendor import is_call
from tests.contract.connectors.world import Machine, World, a_client


class KilledError(BaseException):
    """A Lambda that was stopped: nothing catches this."""


def kill() -> None:
    raise KilledError


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
        self._http, self._call = http, call
        self._before, self._after = before, after

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        params = options.get("params")
        target = f"{url}?{urlencode(params)}" if params else url
        if not is_call(self._call, method, target):
            answer: HttpResponse = self._http.request(method, url, **options)
            return answer
        self._before()
        answer = self._http.request(method, url, **options)
        self._after()
        return answer


def invoke_with(
    world: World[Any], machine: Machine, call: str, **around: Callable[[], None]
) -> Directive:
    """Run an attempt in an environment of its own, with something done around a call."""
    with a_client(world.clock) as http:
        return machine.invoke(world.with_http(Around(http, call, **around)))


def killed(world: World[Any], machine: Machine, moment: str, call: str) -> None:
    """Kill an attempt before or after a call."""
    with pytest.raises(KilledError):
        invoke_with(world, machine, call, **{moment: kill})


def overtake(world: World[Any], machine: Machine) -> None:
    """Let a newer attempt claim a task."""
    now = world.clock.now()
    world.executions.claim(
        machine.task.task_id,
        execution_name=machine.task.execution_name,
        attempt=Attempt(now.replace(year=now.year + 1), 0),
        now=now,
        due_at=now,
    )
