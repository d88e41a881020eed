"""Which requests are hit, and when."""

from collections import Counter

from tests.chaos.calls import Call
from tests.chaos.weather import (
    KILL_AFTER,
    KILL_BEFORE,
    LOST_REPLY,
    THROTTLE,
    TIMEOUT,
    Burst,
    Weather,
    bursts,
)


def a_call(service: str = "dynamodb", *, task: str | None = None) -> Call:
    return Call(
        service=service,
        operation="UpdateItem",
        task=task,
        writes=True,
        intends=False,
        worker=1 if task else None,
    )


def test__before_and_after_the_storm__nothing_happens() -> None:
    weather = Weather(1)
    assert not any(weather.card("Api", a_call("states")) for _ in range(100))

    weather.begin()
    assert any(weather.card("Api", a_call("states")) for _ in range(100))

    weather.end()
    assert not any(weather.card("Api", a_call("states")) for _ in range(100))


def test__storm__each_service_gets_each_fault_soon() -> None:
    weather = Weather(1)
    weather.begin()

    for service, requests in (("dynamodb", 155), ("states", 17)):
        drawn = Counter(weather.card("Api", a_call(service)) for _ in range(requests))
        assert drawn.keys() == {THROTTLE, TIMEOUT, LOST_REPLY, ""}


def test__workers_are_killed__only_at_work_for_a_task() -> None:
    weather = Weather(1)
    weather.begin()

    idle = {weather.card("SyncPull", a_call()) for _ in range(500)}
    busy = {weather.card("SyncPull", a_call(task="t")) for _ in range(500)}

    assert not idle & {KILL_BEFORE, KILL_AFTER}
    assert busy >= {KILL_BEFORE, KILL_AFTER}


def test__others__are_left_alone() -> None:
    weather = Weather(1, bursts=[Burst("dynamodb", 0, 1e9)])
    weather.begin()

    assert {weather.card("Api", a_call("logs")) for _ in range(200)} == {""}


def test__burst__its_service_refuses_everything_while_it_lasts() -> None:
    now = [0.0]
    weather = Weather(1, bursts=[Burst("states", 5, 2)], monotonic=lambda: now[0])
    weather.begin()

    def all_refused() -> bool:
        return {weather.card("Api", a_call("states")) for _ in range(40)} == {THROTTLE}

    assert not all_refused()
    now[0] = 5.0
    assert all_refused()
    assert {weather.card("Api", a_call()) for _ in range(200)} != {THROTTLE}
    now[0] = 7.0
    assert not all_refused()


def test__bursts__hit_each_service_twice_within_the_storm() -> None:
    found = bursts(1, 100.0)

    assert Counter(burst.service for burst in found) == {"dynamodb": 2, "states": 2}
    assert all(0 < burst.begins < 100 for burst in found)
    assert bursts(1, 100.0) == found != bursts(2, 100.0)
