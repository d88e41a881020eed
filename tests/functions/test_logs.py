import json
from datetime import UTC, datetime

import pytest

from tests.functions.account import Account
from tests.functions.lambdas import Context, Function, Lines, said, sample

SUBMIT, SETTLE = "deployment/submit", "settle"
OTHER_TASK = "c0a8f7d2-4e1b-5c6a-9f30-7b2d8e4a1c66"
OTHER_CORRELATION = "3f2b8c1e-7a54-4c39-9d07-5b1f6e2a9c66"


def test__step__every_line__is_json_with_task_and_correlation_id(
    account: Account, function: Function, lines: Lines
) -> None:
    event = sample(SETTLE, "killed_each_time")
    account.seed(event)
    function(SETTLE)(event, Context("request-7", "settle"))

    found = lines()
    assert found
    for line in found:
        assert line["task_id"] == event["task_id"]
        assert line["correlation_id"] == event["correlation_id"]
        assert (line["request_id"], line["function"]) == ("request-7", "settle")
        assert (line["service"], line["attempt"]) == ("intune", 1)
    for line in said(found):
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == UTC.utcoffset(None)


def test__step__each_thing_that_happens__is_one_line(
    account: Account, function: Function, lines: Lines
) -> None:
    event = sample(SETTLE, "killed_each_time")
    account.seed(event)
    function(SETTLE)(event, Context())

    (line,) = said(lines())
    assert (line["level"], line["message"]) == ("ERROR", "task ended: FAILED")
    assert (line["status"], line["error_type"]) == ("FAILED", "States.Timeout")


def test__second_invocation__carries_nothing_of_the_first(
    account: Account, function: Function, lines: Lines
) -> None:
    first = sample(SETTLE, "killed_each_time")
    second = {
        **first,
        "task_id": OTHER_TASK,
        "execution": "other",
        "correlation_id": OTHER_CORRELATION,
    }
    account.seed(first)
    account.seed(second)
    handler = function(SETTLE)
    handler(first, Context("request-1"))
    lines()
    handler(second, Context("request-2"))

    text = json.dumps(lines())
    assert OTHER_TASK in text
    assert OTHER_CORRELATION in text
    for old in (first["task_id"], first["correlation_id"], "request-1"):
        assert old not in text


def test__api__after_a_step_in_the_same_process__has_no_task_id(
    account: Account, function: Function, lines: Lines
) -> None:
    event = sample(SETTLE, "killed_each_time")
    account.seed(event)
    function(SETTLE)(event, Context())
    lines()
    account.dynamodb.delete_table(TableName="executions")
    answer = function("api")(sample("api", "get_status"), Context())

    (line,) = lines()
    assert answer["statusCode"] == 500
    assert line["correlation_id"] == answer["headers"]["X-Correlation-ID"]
    assert "task_id" not in line


@pytest.mark.usefixtures("vendor")
def test__step__whatever_it_logs__shows_no_credentials(
    account: Account,
    function: Function,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = sample(SUBMIT, "first_attempt")
    account.seed(event)
    handler = function(SUBMIT)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    handler(event, Context())

    text = json.dumps(lines())
    assert "task ended" in text
    for secret in ("local-stand-in-secret", "Bearer ", "testing"):
        assert secret not in text
