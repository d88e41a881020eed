"""What is asked to open, find and update a change, and what is made of the answers."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from breakwater.connectors.servicenow.build import build
from breakwater.domain.changes import Change
from breakwater.domain.errors import ConfigurationError, TransientError
from breakwater.domain.progress import Found, Undecidable
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import ScriptedHttp, refused
from tests.unit.connectors.servicenow.bench import (
    BASE,
    NOON,
    SECRET,
    SETTINGS,
    TABLE,
    Subject,
    a_row,
    a_run,
    answer,
    rows,
    sys_id,
)

TASK = "0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"
MARK = f"{TASK}-00199a5e0c0a3c21"
CHANGE = Change(system="servicenow", summary="Deploy", task_id=TASK, mark=MARK, description="All.")
ENCODED = "dXNlci0xOmh1c2gtaHVzaA=="
LONG_AGO = NOON - timedelta(hours=1)
HANDLE = {"id": sys_id(1), "key": "CHG1", "url": f"{BASE}/change_request.do?sys_id={sys_id(1)}"}


def ours(number: int, **fields: Any) -> dict[str, Any]:
    return a_row(number, correlation_id=MARK, **fields)


def test__open__one_post_that_is_never_repeated() -> None:
    subject = Subject(answer({"result": ours(1)}, 201))
    assert subject.integration.open_change(subject.run, CHANGE) == HANDLE
    (sent,) = subject.http.sent
    assert (sent.method, sent.url) == ("POST", f"{TABLE}/change_request")
    assert sent.options.get("repeatable") is False
    assert sent.options.get("json_body") == {
        "short_description": "Deploy",
        "description": "All.",
        "correlation_id": MARK,
        "correlation_display": "Breakwater",
    }


def test__open__the_id_was_dropped__warned_of(caplog: pytest.LogCaptureFixture) -> None:
    subject = Subject(answer({"result": a_row(1, correlation_id="")}, 201))
    with caplog.at_level(logging.WARNING):
        assert subject.integration.open_change(subject.run, CHANGE) == HANDLE
    assert "does not carry" in caplog.text


@pytest.mark.parametrize("row", [{}, {"sys_id": ""}, {"sys_id": "../x"}, [], None, "x"])
def test__open__answered_without_a_row__in_doubt(row: Any) -> None:
    subject = Subject(answer({"result": row}, 201))
    with pytest.raises(TransientError) as caught:
        subject.integration.open_change(subject.run, CHANGE)
    assert caught.value.may_have_applied


@pytest.mark.parametrize("number", ["sent Bearer t", "x" * 65, "\ud800", 7, ""])
def test__open__number_cannot_be_read__known_by_its_id(number: Any) -> None:
    subject = Subject(answer({"result": {**ours(1), "number": number}}, 201))
    assert subject.integration.open_change(subject.run, CHANGE)["key"] == sys_id(1)


def test__open__number_is_none_and_no_id__message_without_it() -> None:
    row = {"number": "sent Bearer t", "sys_id": "\ud800"}
    subject = Subject(answer({"result": row}, 201))
    with pytest.raises(TransientError) as caught:
        subject.integration.open_change(subject.run, CHANGE)
    assert str(caught.value) == "servicenow: a row has no readable sys_id"


def test__find__asks_for_two_and_checks_each() -> None:
    subject = Subject(rows(a_row(2, correlation_id="other"), ours(1)))
    found = subject.integration.find_change(subject.run, CHANGE, tried_at=LONG_AGO)
    assert found == Found(HANDLE)
    assert subject.params() == {
        "sysparm_query": f"correlation_id={MARK}",
        "sysparm_limit": "2",
        "sysparm_fields": "sys_id,number,correlation_id,sys_created_on",
        "sysparm_exclude_reference_link": "true",
    }


@pytest.mark.parametrize("other", ["", None, "other", MARK[:-1], MARK + "0", TASK, [MARK]])
def test__find__other_rows_come_back__nobody_can_tell(other: Any) -> None:
    # The instance has ignored the condition: whether our row stands is not said.
    subject = Subject(rows(a_row(2, correlation_id=other), a_row(3)))
    found = subject.integration.find_change(subject.run, CHANGE, tried_at=LONG_AGO)
    assert isinstance(found, Undecidable)


@pytest.mark.parametrize("unknown", ["", None])
def test__find__two__the_one_that_says_when_it_was_created(unknown: Any) -> None:
    older = ours(1, sys_created_on="2025-12-01 00:00:00")
    subject = Subject(rows(ours(2, sys_created_on=unknown), older))
    found = subject.integration.find_change(subject.run, CHANGE, tried_at=LONG_AGO)
    assert found == Found(HANDLE)


def test__update__one_patch_of_the_notes_alone() -> None:
    subject = Subject(answer({"result": ours(1)}))
    subject.integration.update_change(subject.run, CHANGE, HANDLE, note="Done.", succeeded=True)
    (sent,) = subject.http.sent
    assert (sent.method, sent.url) == ("PATCH", f"{TABLE}/change_request/{sys_id(1)}")
    assert sent.options.get("repeatable") is False
    text = f"Deployment {TASK} has succeeded.\nDone."
    assert sent.options.get("json_body") == {"work_notes": text}


def test__probe__one_user_s_id_without_a_second_try() -> None:
    subject = Subject(rows({"sys_id": sys_id(1)}))
    subject.integration.probe(subject.run)
    (sent,) = subject.http.sent
    assert (sent.method, sent.url) == ("GET", f"{TABLE}/sys_user")
    assert sent.options.get("repeatable") is False
    assert subject.params() == {"sysparm_limit": "1", "sysparm_fields": "sys_id"}


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-reset": str(int(NOON.timestamp()) + 90)}, 90.0),
        ({"x-ratelimit-reset": str(int(NOON.timestamp()) - 90)}, 0.0),
        ({"x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-reset": "²"}, None),
        ({}, None),
    ],
)
def test__limit_s_reset__read_as_seconds_from_now(
    headers: dict[str, str], wait: float | None
) -> None:
    subject = Subject(rows())
    subject.integration.probe(subject.run)
    read = subject.http.sent[0].options["retry_after"]
    assert read(headers) == wait


def test__password_was_rotated__asked_for_past_the_cache() -> None:
    source = FixedConfiguration(SETTINGS, SECRET, service="servicenow")
    clock, http = FakeClock(), ScriptedHttp(refused(401), rows())
    build(source, http, clock).probe(a_run(clock))
    assert source.fresh == 1
    assert [sent.authorization for sent in http.sent] == [f"Basic {ENCODED}"] * 2


def test__setting_is_missing__configuration_error_that_names_it() -> None:
    source = FixedConfiguration({}, SECRET, service="servicenow")
    with pytest.raises(ConfigurationError, match="instance_url"):
        build(source, ScriptedHttp(), FakeClock())
