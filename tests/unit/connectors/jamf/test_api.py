"""What Jamf's answers are read as, and what is refused to be read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.connectors.jamf.build import build
from breakwater.domain.errors import (
    ConfigurationError,
    PermanentError,
    TransientError,
)
from breakwater.ports import HttpResponse
from breakwater.resilience.deadline import Deadline
from breakwater.services.upkeep import ProbeRun
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import Answer, ScriptedHttp, ok

SECRET = {"client_id": "client-1", "client_secret": "hush-hush"}
TOKEN = {"access_token": "token-1", "expires_in": 60}
BASE = "https://jamf.test"


class Bench:
    """A connector's calls, on a vendor on paper that has let us in."""

    def __init__(self, *answers: Answer) -> None:
        self.clock = FakeClock()
        self.http = ScriptedHttp(ok(TOKEN), *answers)
        source = FixedConfiguration({"jamf_url": f"{BASE}/"}, SECRET, service="jamf")
        self.jamf = build(source, self.http, self.clock)._jamf
        deadline = Deadline.after(300, self.clock.monotonic)
        self.run = ProbeRun("correlation-1", deadline, self.clock)

    @property
    def filters(self) -> list[str]:
        """Return the filter of each request but the login."""
        return [one.options.get("params", {}).get("filter", "") for one in self.http.sent[1:]]


def page(
    *entries: dict[str, Any], total: int | None = None, date: str | None = None
) -> HttpResponse:
    count = len(entries) if total is None else total
    body = {"totalCount": count, "results": list(entries)}
    return ok(body) if date is None else ok(body, date=date)


def a_command(uuid: str, sent: str = "2026-01-01T12:00:00.250Z") -> dict[str, Any]:
    return {"uuid": uuid, "dateSent": sent, "commandState": "PENDING"}


@pytest.mark.parametrize(
    ("date", "newest", "moment"),
    [
        ("Thu, 01 Jan 2026 11:00:00 GMT", None, "11:00:00.000"),
        ("Thu, 01 Jan 2026 11:00:00 GMT", "2026-01-01T10:59:59.999Z", "11:00:00.000"),
        ("Thu, 01 Jan 2026 11:00:00 GMT", "2026-01-01T11:00:00.400Z", "11:00:00.401"),
        ("Thu, 01 Jan 2026 11:00:00 -0000", None, "11:00:00.000"),
        ("Thu, 01 Jan 2026 11:00:00 GMT", "yesterday", "11:00:00.000"),
        ("Thu, 01 Jan 2026 11:00:00 GMT", "2026-01-01T13:00:00", "11:00:00.000"),
        (None, None, "12:00:00.000"),
        ("soon", None, "12:00:00.000"),
        ("soon", "2026-01-01T12:00:07.000Z", "12:00:07.001"),
    ],
)
def test__moment__is_jamf_s_own_and_after_what_is_listed(
    date: str | None, newest: str | None, moment: str
) -> None:
    entries = [a_command("u", newest)] if newest else []
    bench = Bench(page(*entries, date=date))
    found = bench.jamf.moment(bench.run)
    assert found == datetime.fromisoformat(f"2026-01-01T{moment}+00:00")
    assert found.tzinfo is not None


def test__commands__asked_for_by_a_span_in_utc() -> None:
    bench = Bench(page())
    since = datetime.fromisoformat("2026-01-01T13:00:00.1234+01:00")
    bench.jamf.commands(bench.run, since, since + timedelta(seconds=80))
    span = "dateSent=ge=2026-01-01T12:00:00.123Z;dateSent=lt=2026-01-01T12:01:20.123Z"
    assert bench.filters == [span]


def test__pages__read_to_the_end_and_each_entry_once() -> None:
    first, second = a_command("a"), a_command("b")
    bench = Bench(page(first, total=2), page(first, second, total=2))
    assert bench.jamf.commands(bench.run, *([datetime.now(UTC)] * 2)) == [first, second]
    assert [one.options["params"]["page"] for one in bench.http.sent[1:]] == ["0", "1"]


@pytest.mark.parametrize(
    "answer",
    [
        page(total=1),
        page({"uuid": 5}),
        page({"uuid": ""}),
        page({"uuid": "a,uuid==b"}),
        page({}),
        ok([]),
        ok(None),
        ok({}),
        ok({"totalCount": "1", "results": []}),
        ok({"totalCount": 0, "results": {}}),
        ok({"totalCount": 1, "results": ["x"]}),
    ],
)
def test__no_list__never_passes_for_an_empty_one(answer: HttpResponse) -> None:
    bench = Bench(answer)
    with pytest.raises(TransientError):
        bench.jamf.commands(bench.run, *([datetime.now(UTC)] * 2))


def test__list_without_an_end__given_up() -> None:
    pages = [page(a_command(f"u-{number}"), total=10**6) for number in range(50)]
    bench = Bench(*pages)
    with pytest.raises(PermanentError, match="no end"):
        bench.jamf.commands(bench.run, *([datetime.now(UTC)] * 2))


@pytest.mark.parametrize("told", [7, "sent Bearer t", "\ud800", "X" * 65])
def test__states__forty_uuids_at_a_time(told: Any) -> None:
    uuids = [f"u-{number}" for number in range(41)]
    bench = Bench(page(*map(a_command, uuids[:39])), page({"uuid": "u-40", "commandState": told}))
    states = bench.jamf.states(bench.run, uuids)
    assert states == dict.fromkeys(uuids[:39], "PENDING")
    assert [one.count("uuid==") for one in bench.filters] == [40, 1]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("sent Bearer SECRET-TOKEN", "sent Bearer [redacted]"),
        ({"authorization": "SECRET-TOKEN"}, "{'authorization': [redacted]}"),
        ("The device does not exist", "The device does not exist"),
    ],
)
def test__deploy__reason_repeats_our_request__redacted(reason: Any, told: str) -> None:
    answer = {"queuedCommands": [], "errors": [{"device": 1, "reason": reason}]}
    bench = Bench(ok(answer))
    found = bench.jamf.deploy_package(bench.run, {})
    assert found == {"queuedCommands": [], "errors": [{"device": 1, "reason": told}]}


def test__management_ids__only_of_those_that_are_asked_for_and_told() -> None:
    told: list[dict[str, Any]] = [
        {"id": "2", "general": {"managementId": "m-2"}},
        {"id": "3", "general": {}},
        {"id": "4", "general": None},
        {"id": "five", "general": {"managementId": "m-5"}},
        {"id": "9", "general": {"managementId": "m-9"}},
    ]
    bench = Bench(page(*told))
    assert bench.jamf.management_ids(bench.run, [4, 3, 2, 1]) == {2: "m-2"}
    assert bench.filters == ["id=in=(4,3,2,1)"]


def test__setting_is_missing__named() -> None:
    source = FixedConfiguration({}, SECRET, service="jamf")
    with pytest.raises(ConfigurationError, match="jamf_url"):
        build(source, ScriptedHttp(), FakeClock())


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test__secret_lacks_something__named_and_nothing_is_sent(name: str) -> None:
    secret = {key: value for key, value in SECRET.items() if key != name}
    http, clock = ScriptedHttp(), FakeClock()
    source = FixedConfiguration({"jamf_url": BASE}, secret, service="jamf")
    run = ProbeRun("c", Deadline.after(30, clock.monotonic), clock)
    with pytest.raises(ConfigurationError, match=name):
        build(source, http, clock)._jamf.moment(run)
    assert http.sent == []


def test__cancel__is_nothing_that_jamf_is_asked_for() -> None:
    http, clock = ScriptedHttp(), FakeClock()
    connector = build(FixedConfiguration({"jamf_url": BASE}, SECRET, service="jamf"), http, clock)
    run = ProbeRun("c", Deadline.after(30, clock.monotonic), clock)
    assert connector.cancel(run, {}, {}) is False
    assert http.sent == []
