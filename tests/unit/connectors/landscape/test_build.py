from typing import Any

import pytest

from breakwater.connectors.landscape.build import build
from breakwater.domain.errors import ConfigurationError, PartialFailureError, TransientError
from breakwater.domain.progress import InProgress
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import Answer, ScriptedHttp, ok, refused
from tests.unit.connectors.intune.bench import Bench

SETTINGS = {"landscape_url": "https://landscape.test/", "api_user": "bw@landscape.test"}
SECRET = {"access_key": "key-1", "secret_key": "hush-hush"}
PAYLOAD = {"query": "tag:web", "packages": ["vim", "git"]}
TOKEN = ok({"token": "token-1", "current_account": "standalone"})
EMPTY = ok({"count": 0, "results": [], "next": None, "previous": None})


class Subject:
    """A connector as production builds it, and what it has sent."""

    def __init__(self, *answers: Answer, secret: dict[str, str] = SECRET) -> None:
        self.bench = Bench()
        self.http = ScriptedHttp(*answers)
        self.source = FixedConfiguration(SETTINGS, secret, service="landscape")
        self.connector = build(self.source, self.http, self.bench.clock)

    def submit(self, **payload: Any) -> Any:
        return self.connector.submit(self.bench.run(), payload or PAYLOAD)

    @property
    def calls(self) -> list[str]:
        return [f"{sent.method} {sent.url}" for sent in self.http.sent]


@pytest.mark.parametrize("name", ["landscape_url", "api_user"])
def test__setting_is_missing__configuration_error_that_names_it(name: str) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != name}
    source = FixedConfiguration(settings, SECRET, service="landscape")
    with pytest.raises(ConfigurationError, match=name):
        build(source, ScriptedHttp(), FakeClock())


@pytest.mark.parametrize("name", ["access_key", "secret_key"])
def test__secret_lacks_a_key__configuration_error_that_names_it(name: str) -> None:
    subject = Subject(secret={key: value for key, value in SECRET.items() if key != name})
    with pytest.raises(ConfigurationError, match=name):
        subject.submit()
    assert subject.http.sent == []


def test__packages__login_list_and_one_form() -> None:
    subject = Subject(TOKEN, EMPTY, ok({"id": 214, "activity_status": "undelivered"}))
    progress = subject.submit(
        **PAYLOAD, deliver_after="2026-01-02T03:04:05+02:00", deliver_delay_window=30
    )
    assert progress == InProgress({"activity_id": "214"})
    base = "https://landscape.test/api"
    assert subject.calls == [
        f"POST {base}/v2/login/access-key",
        f"GET {base}/v2/activities",
        f"POST {base}/",
    ]
    login, listing, install = subject.http.sent
    assert login.options.get("json_body") == {**SECRET, "expiry_minutes": 60}
    assert listing.options.get("params") == {
        "query": "created-after:2026-01-01T11:50 creator:bw@landscape.test",
        "limit": "250",
    }
    assert install.options.get("form") == {
        "action": "InstallPackages",
        "version": "2011-08-01",
        "query": "tag:web",
        "packages.1": "vim",
        "packages.2": "git",
        "deliver_after": "2026-01-02T01:04:05Z",
        "deliver_delay_window": "30",
    }
    assert install.authorization == listing.authorization == "Bearer token-1"
    # A second POST is never as good as one: the client may not repeat it.
    assert "repeatable" not in install.options


def test__time_that_utc_does_not_have__fails_before_the_effect() -> None:
    # The API lets none in any more; a task of before may have one.
    subject = Subject(TOKEN, EMPTY)
    with pytest.raises(OverflowError):
        subject.submit(**PAYLOAD, deliver_after="9999-12-31T23:59:59-01:00")
    [task] = subject.bench.executions.tasks.values()
    assert task.intent is None


def test__snaps__one_json_body() -> None:
    subject = Subject(TOKEN, EMPTY, ok({"id": 214}))
    subject.submit(computer_ids=[21, 23], snaps=["hello", "spotify"])
    install = subject.http.sent[-1]
    assert (install.method, install.url) == ("POST", "https://landscape.test/api/v2/snaps")
    assert install.options.get("json_body") == {
        "action": "install",
        "computer_ids": [21, 23],
        "snaps": [{"name": "hello"}, {"name": "spotify"}],
    }


def test__window_of_zero__is_sent() -> None:
    subject = Subject(TOKEN, EMPTY, ok({"id": 214}))
    subject.submit(**PAYLOAD, deliver_delay_window=0)
    assert subject.http.sent[-1].options.get("form", {})["deliver_delay_window"] == "0"


def test__lease__is_held_while_it_is_asked_and_then_given_back() -> None:
    subject = Subject(TOKEN, EMPTY, ok({"id": 214}))
    subject.submit()
    assert [sent.deadline.remaining for sent in subject.http.sent] == [80, 80, 80]
    assert subject.bench.leases.held == {}


def test__answer_without_an_id__in_doubt() -> None:
    subject = Subject(TOKEN, EMPTY, ok({"activity_status": "undelivered"}))
    run = subject.bench.run()
    with pytest.raises(TransientError) as caught:
        subject.connector.submit(run, PAYLOAD)
    assert caught.value.may_have_applied
    assert run.task.intent is not None


def test__401__logs_in_with_fresh_credentials_once() -> None:
    subject = Subject(TOKEN, refused(401), TOKEN, EMPTY, ok({"id": 214}))
    subject.submit()
    assert subject.source.fresh == 1


def test__token__is_shared_and_renewed_before_it_ends() -> None:
    activity = ok({"id": 7, "activity_status": "delivered"})
    subject = Subject(TOKEN, activity, activity, TOKEN, activity)
    for seconds in (0, 3539, 1):
        subject.bench.clock.advance(seconds)
        subject.connector.poll(subject.bench.run(), PAYLOAD, {"activity_id": "7"})
    assert [call.startswith("POST") for call in subject.calls] == [True, False, False, True, False]


def test__result_text__holds_a_credential__redacted_before_it_is_cut() -> None:
    said = "E: https://user:" + "x" * 300 + "@archive.test/ refused"
    ended = {"id": 7, "activity_status": "failed", "result_text": said}
    child = {**ended, "id": 8, "computer_id": 21}
    for children in ([], [child]):
        page = ok({"count": len(children), "results": children, "next": None, "previous": None})
        subject = Subject(TOKEN, ok(ended), page)
        with pytest.raises(PartialFailureError) as caught:
            subject.connector.poll(subject.bench.run(), PAYLOAD, {"activity_id": "7"})
        told = "'E: https://[redacted]@archive.test/ refused'"
        assert told in str(caught.value.result)


def test__cancel__is_beyond_it() -> None:
    subject = Subject()
    assert subject.connector.cancel(subject.bench.run(), PAYLOAD, {"activity_id": "7"}) is False
    assert subject.http.sent == []


def test__probe__is_not_repeated() -> None:
    subject = Subject(TOKEN, EMPTY)
    subject.connector.probe(subject.bench.run())
    assert subject.http.sent[-1].options.get("repeatable") is False
    assert subject.http.sent[-1].options.get("params") == {"limit": "1"}
