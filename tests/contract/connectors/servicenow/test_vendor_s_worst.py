"""What each call comes to, by what the vendor does to it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from breakwater.domain.errors import (
    ConfigurationError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.records import Since
from infra.local.standins.servicenow import BASIC_SECRET
from tests.contract.connectors.servicenow.world import World, a_change

CHANGE = a_change()
HANDLE = {"id": "5b5b5b5b000040008000000000000101", "key": "CHG0000001", "url": "x"}
LOGIN, LIST, PROBE = "POST oauth_token.do", "GET change_request", "GET sys_user"
POST, PATCH = "POST change_request", "PATCH change_request"

Ask = Callable[[World], object]
ASKED: dict[str, Ask] = {
    LIST: lambda world: world.page(Since()),
    f"{LIST} ": lambda world: world.find(CHANGE, tried_at=world.long_ago()),
    POST: lambda world: world.open(CHANGE),
    PATCH: lambda world: world.integration().update_change(
        world.run(), CHANGE, HANDLE, note="Done.", succeeded=True
    ),
    PROBE: lambda world: world.integration().probe(world.run()),
}
READS = (LIST, f"{LIST} ")
every_call = pytest.mark.parametrize("call", ASKED)


def ask(world: World, call: str) -> object:
    return ASKED[call](world)


def fault(world: World, kind: str, call: str, **options: Any) -> None:
    world.vendor.fault(kind, call.strip(), **options)


@every_call
def test__vendor_is_well__one_request(world: World, call: str) -> None:
    ask(world, call)
    method, path = call.split()
    assert len(world.vendor.requests(method, path)) == 1


@every_call
@pytest.mark.parametrize("status", [400, 403, 404, 409, 415])
def test__definite_refusal__permanent_at_once(world: World, call: str, status: int) -> None:
    fault(world, "status", call, count=None, status=status)
    with pytest.raises(PermanentError) as caught:
        ask(world, call)
    assert (caught.value.status_code, world.vendor.hits()) == (status, 1)
    assert caught.value.response_body
    assert ("ACL" in str(caught.value)) == (status == 404)


@every_call
def test__401_once__one_refresh_and_on(world: World, call: str) -> None:
    fault(world, "status", call, status=401)
    ask(world, call)
    assert world.vendor.effects("login", "tokens") == 2


@every_call
def test__401_for_ever__permanent_after_one_refresh(world: World, call: str) -> None:
    fault(world, "status", call, count=None, status=401)
    with pytest.raises(PermanentError):
        ask(world, call)
    assert world.vendor.hits() == 2


@every_call
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test__server_error__only_reads_are_repeated(world: World, call: str, status: int) -> None:
    fault(world, "status", call, count=None, status=status)
    with pytest.raises(TransientError) as caught:
        ask(world, call)
    assert caught.value.status_code == status
    assert world.vendor.hits() == (3 if call in READS else 1)
    assert caught.value.may_have_applied == (call in (POST, PATCH))


@every_call
@pytest.mark.parametrize(
    ("kind", "when"),
    [
        ("malformed", "before"),
        ("malformed", "after"),
        ("html", "before"),
        ("html", "after"),
        ("truncated", "after"),
        ("reset", "after"),
        ("hang", "before"),
        ("trickle", "after"),
    ],
)
def test__answer_that_cannot_be_used__transient_and_never_taken_for_an_answer(
    world: World, call: str, kind: str, when: str
) -> None:
    options: dict[str, Any] = {"interval_seconds": 0.1} if kind == "trickle" else {}
    fault(world, kind, call, count=None, when=when, **options)
    began = time.monotonic()
    with pytest.raises(TransientError) as caught:
        ask(world, call)
    assert caught.value.may_have_applied == (call in (POST, PATCH))
    assert (
        time.monotonic() - began < 12
    )  # three attempts, of less than a second each, on a busy machine


@every_call
@pytest.mark.parametrize("kind", ["malformed", "html", "reset", "status"])
def test__login_fails__transient_and_nothing_was_sent(world: World, call: str, kind: str) -> None:
    options = {"status": 503} if kind == "status" else {}
    world.vendor.fault(kind, LOGIN, count=None, **options)
    with pytest.raises(TransientError) as caught:
        ask(world, call)
    assert not caught.value.may_have_applied
    method, path = call.split()
    assert world.vendor.requests(method, path) == []


def test__instance_hibernates__transient_and_it_is_named(world: World) -> None:
    fault(world, "html", LIST, count=None)
    with pytest.raises(TransientError, match="text/html instead of JSON"):
        ask(world, LIST)


@every_call
@pytest.mark.parametrize("headers", ["both", "reset", "retry_after"])
def test__hourly_limit_is_reached__told_when_to_come_back(
    world: World, call: str, headers: str
) -> None:
    world.clock.advance(1800)
    world.vendor.limits(requests_per_hour=1, limit_headers=headers)
    ask(world, PROBE)
    with pytest.raises(ThrottledError) as caught:
        ask(world, call)
    # Retry-After is rounded up to whole seconds, and the two clocks are a moment apart.
    assert 1795 <= caught.value.retry_after <= 1801
    assert not caught.value.may_have_applied
    world.clock.advance(caught.value.retry_after + 5)
    ask(world, call)


def test__token_expires_between_pages__renewed(world: World) -> None:
    pages = world.pages()
    next(pages)
    world.vendor.expire_tokens()
    assert [len(page.records) for page in pages] == [0]
    assert world.vendor.effects("login", "tokens") == 2


def test__token_s_life_is_nearly_over__renewed_before_it_is_refused(world: World) -> None:
    pages = world.pages()
    next(pages)
    world.clock.advance(1799 - 59)
    list(pages)
    assert world.vendor.effects("login", "tokens") == 2
    assert [one["status"] for one in world.vendor.requests("GET", "change_request")] == [200] * 3


@every_call
def test__basic__the_same_without_a_token(world: World, call: str) -> None:
    world.secret.clear()
    world.secret.update(BASIC_SECRET)
    ask(world, call)
    assert world.vendor.requests("POST", "oauth") == []


@pytest.mark.parametrize("name", ["client_secret", "password"])
def test__wrong_secret__permanent_and_it_is_told_nowhere(world: World, name: str) -> None:
    if name == "password":
        world.secret.clear()
        world.secret.update(BASIC_SECRET)
    world.secret[name] = "wrong-and-secret"
    with pytest.raises(PermanentError) as caught:
        ask(world, LIST)
    assert caught.value.status_code == 401
    assert "wrong-and-secret" not in f"{caught.value!r} {caught.value.response_body}"


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        ({}, "client_id and client_secret, or username"),
        ({"client_id": "x"}, "lacks 'client_secret'"),
        ({"username": "x"}, "lacks 'password'"),
    ],
)
def test__secret_lacks_something__configuration_error_that_names_it(
    world: World, lacking: dict[str, str], named: str
) -> None:
    world.secret.clear()
    world.secret.update(lacking)
    with pytest.raises(ConfigurationError, match=named):
        ask(world, LIST)
    assert world.vendor.lists() == 0


def test__time_is_up__nothing_is_sent(world: World) -> None:
    integration = world.integration()
    run = world.run(seconds=1)
    world.clock.advance(2)
    with pytest.raises(TransientError) as caught:
        integration.open_change(run, CHANGE)
    assert not caught.value.may_have_applied
    assert world.vendor.effects("opened") == 0
