from datetime import timedelta
from typing import Any

import pytest

from breakwater.connectors.ansible.build import build
from breakwater.connectors.ansible.connector import DELAY, MOST_CHARS
from breakwater.domain.attempts import HARD_LIMIT
from breakwater.domain.errors import (
    ConfigurationError,
    PartialFailureError,
    PermanentError,
    TransientError,
)
from breakwater.domain.progress import Absent, Found, InProgress, NotVisibleYet
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import Answer, ScriptedHttp, ok, refused
from tests.unit.connectors.intune.bench import Bench

SETTINGS = {
    "controller_url": "https://controller.test/",
    "api_prefix": "/api/controller/v2/",
    "organization_id": 9,
}
BASE = "https://controller.test/api/controller/v2"
PAYLOAD: dict[str, Any] = {"job_template_id": 42, "limit": "web"}
TERMS = ok(
    {
        "ask_variables_on_launch": True,
        "ask_limit_on_launch": True,
        "ask_labels_on_launch": True,
        "survey_enabled": False,
        "defaults": {},
    }
)
MADE = ok({"id": 100}, 201)
LAUNCHED = ok({"job": 7, "id": 7, "status": "pending", "ignored_fields": {}}, 201)
HANDLE = {"job_id": 7, "ignored_fields": []}
VISIBLE = HARD_LIMIT + DELAY


class Subject:
    """A connector as production builds it, and what it has sent."""

    def __init__(self, *answers: Answer, secret: dict[str, str] | None = None) -> None:
        self.bench = Bench()
        self.run = self.bench.run()
        self.http = ScriptedHttp(*answers)
        given = {"token": "hush-hush"} if secret is None else secret
        self.source = FixedConfiguration(SETTINGS, given, service="ansible")
        self.connector = build(self.source, self.http, self.bench.clock)

    @property
    def label(self) -> str:
        return f"breakwater-{self.run.mark}"

    @property
    def calls(self) -> list[str]:
        return [f"{sent.method} {sent.url.removeprefix(BASE)}" for sent in self.http.sent]

    def intent(self) -> dict[str, str]:
        return {"effect": "launch", "label": self.label, "at": self.run.now().isoformat()}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test__setting_is_missing__configuration_error_that_names_it(name: str) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != name}
    source = FixedConfiguration(settings, {}, service="ansible")
    with pytest.raises(ConfigurationError, match=name):
        build(source, ScriptedHttp(), FakeClock())


def test__organization_is_no_number__configuration_error() -> None:
    source = FixedConfiguration({**SETTINGS, "organization_id": "ours"}, {}, service="ansible")
    with pytest.raises(ConfigurationError, match="organization_id"):
        build(source, ScriptedHttp(), FakeClock())


def test__secret_lacks_the_token__configuration_error_and_nothing_is_sent() -> None:
    subject = Subject(secret={})
    with pytest.raises(ConfigurationError, match="token"):
        subject.connector.submit(subject.run, PAYLOAD)
    assert subject.http.sent == []


def test__submit__terms_label_and_one_launch() -> None:
    subject = Subject(TERMS, MADE, LAUNCHED)
    assert subject.connector.submit(subject.run, PAYLOAD) == InProgress(HANDLE)
    launch = "/job_templates/42/launch/"
    assert subject.calls == [f"GET {launch}", "POST /labels/", f"POST {launch}"]
    _, label, launched = subject.http.sent
    assert label.options.get("json_body") == {"name": subject.label, "organization": 9}
    assert launched.options.get("json_body") == {"limit": "web", "labels": [100]}
    assert {sent.authorization for sent in subject.http.sent} == {"Bearer hush-hush"}
    # A second launch is a second job: the client may not repeat it.
    assert "repeatable" not in launched.options
    assert all(302 in sent.options["transient"] for sent in subject.http.sent)


def test__label_exists__looked_up_in_our_organization() -> None:
    found = ok({"count": 1, "results": [{"id": 55, "name": "x"}]})
    subject = Subject(TERMS, refused(400), found, LAUNCHED)
    subject.connector.submit(subject.run, PAYLOAD)
    assert subject.http.sent[2].options.get("params") == {
        "name": subject.label,
        "organization": "9",
    }
    assert subject.http.sent[3].options["json_body"]["labels"] == [55]


def test__label_is_forbidden__not_looked_up() -> None:
    subject = Subject(TERMS, refused(403))
    with pytest.raises(PermanentError):
        subject.connector.submit(subject.run, PAYLOAD)
    assert len(subject.calls) == 2


def test__401__token_is_read_past_the_cache_once() -> None:
    subject = Subject(refused(401), TERMS, MADE, LAUNCHED)
    subject.connector.submit(subject.run, PAYLOAD)
    assert subject.source.fresh == 1


def test__launch_answers_without_a_job__in_doubt() -> None:
    subject = Subject(TERMS, MADE, ok({"workflow_job": 7, "id": 7, "ignored_fields": {}}, 201))
    with pytest.raises(TransientError) as caught:
        subject.connector.submit(subject.run, PAYLOAD)
    assert caught.value.may_have_applied
    assert subject.run.task.intent is not None


def test__look_up__by_the_intents_label_the_oldest_first() -> None:
    subject = Subject(ok({"count": 2, "results": [{"id": 7, "limit": "web"}]}))
    found = subject.connector.find_effect(subject.run, PAYLOAD, subject.intent())
    assert found == Found(HANDLE)
    assert subject.calls == ["GET /jobs/"]
    assert subject.http.sent[0].options.get("params") == {
        "labels__name": subject.label,
        "order_by": "id",
        "page_size": "1",
    }


def test__look_up__job_that_lacks_its_limit__says_so() -> None:
    subject = Subject(ok({"count": 1, "results": [{"id": 7, "limit": ""}]}))
    found = subject.connector.find_effect(subject.run, PAYLOAD, subject.intent())
    assert found == Found({"job_id": 7, "ignored_fields": ["limit"]})


def test__look_up__absence_counts_after_the_delay_and_not_a_moment_before() -> None:
    empty = ok({"count": 0, "results": []})
    subject = Subject(empty, empty)
    intent, began = subject.intent(), subject.run.now()
    subject.bench.clock.advance(VISIBLE.total_seconds() - 0.001)
    early = subject.connector.find_effect(subject.run, PAYLOAD, intent)
    assert early == NotVisibleYet(began + VISIBLE)
    subject.bench.clock.advance(0.001)
    assert subject.connector.find_effect(subject.run, PAYLOAD, intent) == Absent()


def test__look_up__slow_answer__is_as_old_as_its_question() -> None:
    subject = Subject(ok({"count": 0, "results": []}))
    intent, clock = subject.intent(), subject.bench.clock
    clock.advance((VISIBLE - timedelta(seconds=1)).total_seconds())
    answer = subject.http.request

    def slowly(*args: Any, **options: Any) -> Any:
        clock.advance(2)
        return answer(*args, **options)

    subject.http.request = slowly  # type: ignore[method-assign]
    found = subject.connector.find_effect(subject.run, PAYLOAD, intent)
    assert isinstance(found, NotVisibleYet)


def test__explanation__is_bounded_and_can_be_stored() -> None:
    text = "\ud800" + "x" * 2 * MOST_CHARS
    subject = Subject(ok({"id": 7, "status": "error", "job_explanation": text}))
    with pytest.raises(PartialFailureError) as caught:
        subject.connector.poll(subject.run, PAYLOAD, HANDLE)
    assert caught.value.result["explanation"] == "?" + "x" * (MOST_CHARS - 1)


def test__explanation__repeats_our_request__redacted() -> None:
    said = "Previous Task Failed: sent Bearer SECRET-TOKEN"
    subject = Subject(ok({"id": 7, "status": "error", "job_explanation": said}))
    with pytest.raises(PartialFailureError) as caught:
        subject.connector.poll(subject.run, PAYLOAD, HANDLE)
    told = "Previous Task Failed: sent Bearer [redacted]"
    assert caught.value.result["explanation"] == told


@pytest.mark.parametrize("elapsed", ["3.1", None, [1]])
def test__elapsed_is_no_number__not_told(elapsed: Any) -> None:
    subject = Subject(ok({"id": 7, "status": "failed", "elapsed": elapsed}))
    with pytest.raises(PartialFailureError) as caught:
        subject.connector.poll(subject.run, PAYLOAD, HANDLE)
    assert caught.value.result["elapsed"] is None


def test__job_to_be_stopped__what_it_says_of_itself_is_told_where_it_is_plain() -> None:
    job = {"id": 7, "status": "sent Bearer t", "failed": {"why": "x" * 9_000}}
    subject = Subject(ok({}, 202), ok(job))
    with pytest.raises(PartialFailureError) as caught:
        subject.connector.poll(subject.run, PAYLOAD, {"job_id": 7, "ignored_fields": ["limit"]})
    assert (caught.value.result["status"], caught.value.result["failed"]) == (None, None)


def test__status_nobody_knows__waited_on() -> None:
    subject = Subject(ok({"id": 7, "status": "pondering"}))
    assert subject.connector.poll(subject.run, PAYLOAD, HANDLE) == InProgress(HANDLE)


def test__probe__is_neither_repeated_nor_authorized() -> None:
    subject = Subject(ok({"version": "4.6"}), secret={})
    subject.connector.probe(subject.run)
    (ping,) = subject.http.sent
    assert (ping.url, ping.options.get("repeatable")) == (f"{BASE}/ping/", False)
    assert "headers" not in ping.options
