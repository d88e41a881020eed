from typing import Any

import pytest

from breakwater.connectors.landscape.errors import NamedErrors
from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.resilience.deadline import Deadline
from tests.fakes.clock import FakeClock
from tests.fakes.http import Answer, ScriptedHttp, ok


def asked(answer: Answer) -> Any:
    deadline = Deadline.after(30, FakeClock().monotonic)
    return NamedErrors(ScriptedHttp(answer)).request(
        "POST", "https://l.test/api/", service="landscape", correlation_id="c", deadline=deadline
    )


def refused(status: int | None, body: str | None) -> PermanentError:
    return PermanentError("no", service="landscape", status_code=status, response_body=body)


def failed(status: int | None, body: str | None) -> TransientError:
    return TransientError("no", service="landscape", status_code=status, response_body=body)


@pytest.mark.parametrize("error", [refused(400, None), failed(500, None)])
@pytest.mark.parametrize(
    "body",
    [
        '{"error": "UnknownPackages", "message": "x"}',
        '{"message": "x", "error": "UnknownPackages"}',
        '{"error": "UnknownPackages", "message": "xxxxxxxx',
        '{"error":"UnknownPackages","message":"\\"error\\": \\"other\\" and on',
    ],
)
def test__known_name__permanent_even_where_the_body_is_cut(error: Any, body: str) -> None:
    error.response_body = body
    with pytest.raises(PermanentError, match="UnknownPackages") as caught:
        asked(error)
    assert caught.value.status_code == error.status_code
    assert caught.value.response_body == body
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [refused(403, None), failed(500, None), refused(401, None)])
def test__unauthorised__is_a_401(error: Any) -> None:
    error.response_body = '{"error": "Unauthorised"}'
    with pytest.raises(PermanentError) as caught:
        asked(error)
    assert caught.value.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "<html>",
        "[]",
        "5",
        '{"error": "New"}',
        '{"error": ["UnknownPackages"]}',
        '{"errors": "UnknownPackages"}',
        '{"message": "\\"error\\": \\"UnknownPackages\\"',
        '{"message": {"error": "UnknownPackages"}}',
    ],
)
@pytest.mark.parametrize("make", [refused, failed])
def test__no_known_name__left_as_it_was(make: Any, body: str | None) -> None:
    error = make(503, body)
    with pytest.raises(type(error)) as caught:
        asked(error)
    assert caught.value is error


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError("wait", retry_after=5, response_body='{"error": "InvalidQuery"}'),
        CircuitBreakerOpenError("landscape", retry_after=5),
    ],
)
def test__patience_is_asked_for__left_as_it_was(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        asked(error)
    assert caught.value is error


@pytest.mark.parametrize("name", ["InvalidTime", "Unauthorised"])
def test__error_under_a_200__is_one_all_the_same(name: str) -> None:
    with pytest.raises(PermanentError, match=name):
        asked(ok({"error": name, "message": "x"}))


@pytest.mark.parametrize(
    "body",
    [
        {"id": 1},
        {"id": 1, "error": None},
        {"id": 1, "result_text": '{"error": "InvalidTime"}'},
        {"results": [{"error": "InvalidTime"}]},
        b'\xff"error"',
    ],
)
def test__answer__left_as_it_was(body: Any) -> None:
    answer = ok(body)
    assert asked(answer) is answer
