"""What the integration sends, and how often, where HTTP answers as written down."""

from datetime import UTC, datetime
from typing import Any

import pytest

from breakwater.connectors.jira.build import build
from breakwater.domain.changes import Change
from breakwater.domain.errors import ConfigurationError, PermanentError, TransientError
from breakwater.domain.records import Since
from breakwater.ports import Integration
from breakwater.resilience.deadline import Deadline
from breakwater.services.upkeep import ProbeRun
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import Answer, ScriptedHttp, ok, refused

SETTINGS = {"site_url": "https://jira.test/", "tasks_url": "https://tasks.test/"}
SECRET = {"email": "me@test", "api_token": "hush"}
CHANGE = Change(
    system="jira", summary="s", task_id="task-1", mark="task-1-a", description="d", project="OPS"
)
STRANGER = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
MADE = ok({"id": "7", "key": "OPS-7"}, 201, **STRANGER)


class Bench:
    def __init__(self, *answers: Answer, **settings: Any) -> None:
        self.clock = FakeClock()
        self.http = ScriptedHttp(*answers)
        self.source = FixedConfiguration({**SETTINGS, **settings}, SECRET, "jira")
        self.jira: Integration = build(self.source, self.http, self.clock)

    @property
    def run(self) -> ProbeRun:
        return ProbeRun("corr-1", Deadline.after(300, self.clock.monotonic), self.clock)


@pytest.mark.parametrize("name", SETTINGS)
def test__setting_is_missing__configuration_error_that_names_it(name: str) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != name}
    with pytest.raises(ConfigurationError, match=name):
        build(FixedConfiguration(settings, SECRET, "jira"), ScriptedHttp(), FakeClock())


def test__search__only_reads_and_says_who_asks() -> None:
    bench = Bench(ok({"issues": []}), projects=["OPS", "IT"])
    bench.jira.pull(bench.run, Since(watermark=datetime(2026, 1, 1, 12, tzinfo=UTC)))
    (sent,) = bench.http.sent
    assert (sent.method, sent.url) == ("POST", "https://jira.test/rest/api/3/search/jql")
    assert sent.options["repeatable"] is True
    assert sent.authorization == "Basic bWVAdGVzdDpodXNo"
    assert sent.options["json_body"]["jql"] == (
        'project in ("OPS", "IT") AND updated >= 1767268200000 ORDER BY updated ASC, key ASC'
    )


def test__create__never_repeated_by_the_client() -> None:
    bench = Bench(MADE)
    bench.jira.open_change(bench.run, CHANGE)
    assert bench.http.sent[0].options["repeatable"] is False


def test__created_though_the_login_had_failed__believed_and_not_sent_again() -> None:
    bench = Bench(MADE)
    handle = bench.jira.open_change(bench.run, CHANGE)
    assert handle == {"id": "7", "key": "OPS-7", "url": "https://jira.test/browse/OPS-7"}
    assert len(bench.http.sent) == 1


@pytest.mark.parametrize("key", ["sent Basic t", "O" * 65, "\ud800", "../x"])
def test__created__key_is_none__known_by_its_id(key: str) -> None:
    bench = Bench(ok({"id": "7", "key": key}, 201))
    handle = bench.jira.open_change(bench.run, CHANGE)
    assert handle == {"id": "7", "key": "7", "url": "https://jira.test/browse/7"}


@pytest.mark.parametrize("reason", ["AUTHENTICATED_FAILED", "authentication_denied, x"])
def test__read_answered_to_a_stranger__asked_again_with_a_fresh_secret(reason: str) -> None:
    stranger = ok({"issues": []}, 200, **{"x-seraph-loginreason": reason})
    bench = Bench(stranger, ok({"issues": []}, 200, **{"x-seraph-loginreason": "OK"}))
    bench.jira.pull(bench.run, Since())
    assert (len(bench.http.sent), bench.source.fresh) == (2, 1)
    bench = Bench(stranger, stranger)
    with pytest.raises(PermanentError, match="login has failed"):
        bench.jira.pull(bench.run, Since())


def test__token_expired__asked_once_more_from_the_moment_alone() -> None:
    bench = Bench(refused(400), ok({"issues": [], "isLast": True}))
    page = bench.jira.pull(bench.run, Since(cursor={"start": 1_767_268_500, "token": "t"}))
    assert page.cursor is None
    bodies = [sent.options["json_body"] for sent in bench.http.sent]
    assert bodies[0]["nextPageToken"] == "t"
    assert "nextPageToken" not in bodies[1]
    assert bodies[0]["jql"] == bodies[1]["jql"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test__token_refused_for_another_reason__not_taken_for_expired(status: int) -> None:
    bench = Bench(refused(status), refused(status))
    with pytest.raises(PermanentError):
        bench.jira.pull(bench.run, Since(cursor={"start": 1, "token": "t"}))
    assert len(bench.http.sent) == (2 if status == 401 else 1)


@pytest.mark.parametrize(
    ("answer", "last"),
    [
        ({"issues": []}, True),
        ({"issues": [], "isLast": True}, True),
        ({"issues": [], "isLast": True, "nextPageToken": "t"}, True),
        ({"issues": [], "nextPageToken": ""}, True),
        ({"issues": [], "nextPageToken": "t"}, False),
        ({"issues": [], "isLast": False, "nextPageToken": "t"}, False),
    ],
)
def test__last_page__as_jira_says(answer: dict[str, Any], last: bool) -> None:
    bench = Bench(ok(answer))
    page = bench.jira.pull(bench.run, Since())
    assert (page.cursor is None) == last


@pytest.mark.parametrize("answer", [None, [], {}, {"issues": {}}, {"issues": ["x"]}, "issues"])
def test__search_answers_nonsense__not_taken_for_an_end(answer: Any) -> None:
    bench = Bench(ok(answer) if answer is not None else ok(b"null"))
    with pytest.raises(TransientError):
        bench.jira.pull(bench.run, Since())
