import traceback
from collections.abc import Mapping

import pytest

from breakwater.connectors.logins import ClientCredentials
from breakwater.connectors.session import Session
from breakwater.domain.errors import (
    BreakwaterError,
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    TransientError,
)
from tests.fakes.http import Answer, ScriptedHttp, failed, ok, refused
from tests.unit.connectors.intune.bench import LOGIN, SECRET, Bench

URL = "https://graph.test/v1.0/things"
DONE = ok({"done": True})


def token(value: str = "token-1", expires_in: object = 3599) -> Answer:
    return ok({"token_type": "Bearer", "expires_in": expires_in, "access_token": value})


class Subject:
    """A session, the credentials it is given, and whether it asked for fresh ones."""

    def __init__(
        self,
        *answers: Answer,
        secret: Mapping[str, str] = SECRET,
        rotated: Mapping[str, str] | None = None,
    ) -> None:
        self.bench = Bench()
        self.http = ScriptedHttp(*answers)
        self.asked: list[bool] = []
        self._secret, self._rotated = secret, rotated or secret
        monotonic = self.bench.clock.monotonic
        login = ClientCredentials(
            service="intune",
            http=self.http,
            monotonic=monotonic,
            token_url=LOGIN,
            credentials=self._credentials,
            scope="scope-1",
        )
        self._session = Session(service="intune", http=self.http, monotonic=monotonic, login=login)

    def _credentials(self, fresh: bool) -> Mapping[str, str]:
        self.asked.append(fresh)
        return self._rotated if fresh else self._secret

    def send(self, method: str = "GET") -> None:
        """Send one request in a run of its own."""
        self._session.request(self.bench.run(), method, URL, headers={"X-Own": "kept"})

    @property
    def logins(self) -> int:
        return sum(sent.url == LOGIN for sent in self.http.sent)


def test__first_request__logs_in_and_sends_with_the_token() -> None:
    subject = Subject(token(), DONE)
    subject.send("POST")
    login, request = subject.http.sent
    assert (login.method, login.url) == ("POST", LOGIN)
    assert login.options.get("form") == {
        "grant_type": "client_credentials",
        "client_id": "client-1",
        "client_secret": "hush-hush",
        "scope": "scope-1",
    }
    assert login.options.get("repeatable") is True
    assert (request.method, request.url) == ("POST", URL)
    assert request.options.get("headers") == {"X-Own": "kept", "Authorization": "Bearer token-1"}
    assert "repeatable" not in request.options
    for sent in (login, request):
        assert sent.service == "intune"
        assert sent.correlation_id == "00000000-0000-0000-0000-000000000007"
        assert sent.deadline.remaining == 300


def test__later_runs__share_the_token() -> None:
    subject = Subject(token(), DONE, DONE, DONE)
    for _ in range(3):
        subject.send()
    assert subject.logins == 1
    assert subject.asked == [False]


@pytest.mark.parametrize(("expires_in", "renewed_after"), [(3599, 3539.0), (100, 80.0), ("10", 8)])
def test__token__renewed_before_it_ends(expires_in: object, renewed_after: float) -> None:
    subject = Subject(token(expires_in=expires_in), DONE, DONE, token("token-2"), DONE)
    subject.send()
    subject.bench.clock.advance(renewed_after - 0.5)
    subject.send()
    assert subject.logins == 1
    subject.bench.clock.advance(0.5)
    subject.send()
    assert subject.logins == 2
    assert subject.http.sent[-1].authorization == "Bearer token-2"


def test__request_401__logs_in_with_fresh_credentials_and_sends_again_once() -> None:
    rotated = {**SECRET, "client_secret": "rotated"}
    subject = Subject(token(), DONE, refused(401), token("token-2"), DONE, DONE, rotated=rotated)
    subject.send()
    subject.send("POST")
    assert subject.asked == [False, True]
    assert subject.http.sent[3].options.get("form", {}).get("client_secret") == "rotated"
    assert subject.http.sent[4].method == "POST"
    assert subject.http.sent[4].authorization == "Bearer token-2"
    subject.send()
    assert subject.http.sent[5].authorization == "Bearer token-2"


def test__second_401__permanent_without_a_third_try() -> None:
    subject = Subject(token(), refused(401), token("token-2"), refused(401))
    with pytest.raises(PermanentError) as caught:
        subject.send()
    assert caught.value.status_code == 401
    assert len(subject.http.sent) == 4


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test__other_refusals__passed_on_without_a_new_login(status: int) -> None:
    subject = Subject(token(), refused(status))
    with pytest.raises(PermanentError) as caught:
        subject.send()
    assert caught.value.status_code == status
    assert subject.logins == 1


def test__login_400__permanent() -> None:
    subject = Subject(refused(400))
    with pytest.raises(PermanentError):
        subject.send()
    assert len(subject.http.sent) == 1


def test__login_401__asked_once_more_with_fresh_credentials_then_permanent() -> None:
    subject = Subject(refused(401), refused(401))
    with pytest.raises(PermanentError):
        subject.send()
    assert subject.asked == [False, True]
    assert subject.logins == 2


def test__login_401_after_a_rotation__the_fresh_credentials_do() -> None:
    subject = Subject(refused(401), token(), DONE)
    subject.send()
    assert subject.asked == [False, True]


@pytest.mark.parametrize("status", [500, 503, None])
def test__login_fails__transient_and_certainly_without_effect(status: int | None) -> None:
    subject = Subject(failed(status, may_have_applied=True))
    with pytest.raises(TransientError) as caught:
        subject.send("POST")
    assert caught.value.status_code == status
    assert caught.value.may_have_applied is False


def test__request_fails_transiently__what_may_have_applied_is_left_as_it_was() -> None:
    subject = Subject(token(), failed(500, may_have_applied=True))
    with pytest.raises(TransientError) as caught:
        subject.send("POST")
    assert caught.value.may_have_applied is True
    assert subject.logins == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        [],
        None,
        "token",
        {},
        {"access_token": "a"},
        {"expires_in": 3599},
        {"access_token": "a", "expires_in": "soon"},
        {"access_token": "a", "expires_in": None},
        {"access_token": None, "expires_in": 3599},
        {"access_token": "", "expires_in": 3599},
        {"access_token": {"a": 1}, "expires_in": 3599},
    ],
)
def test__login_answers_without_a_token__transient_and_certainly_without_effect(
    body: object,
) -> None:
    subject = Subject(ok(body))
    with pytest.raises(TransientError) as caught:
        subject.send("POST")
    assert caught.value.may_have_applied is False
    assert caught.value.service == "intune"
    assert subject.logins == 1


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test__secret_lacks_a_key__configuration_error_that_names_it(name: str) -> None:
    subject = Subject(secret={key: value for key, value in SECRET.items() if key != name})
    with pytest.raises(ConfigurationError, match=name):
        subject.send()
    assert subject.http.sent == []


@pytest.mark.parametrize(
    "answers",
    [
        (refused(400),),
        (refused(401), refused(401)),
        (failed(),),
        (ok({"error": "x"}),),
        (token("secret-token"), refused(401), token("secret-token"), refused(401)),
        (token("secret-token"), failed()),
    ],
)
def test__any_failure__tells_no_credentials(answers: tuple[Answer, ...]) -> None:
    subject = Subject(*answers)
    with pytest.raises(BreakwaterError) as caught:
        subject.send()
    told = "".join(traceback.format_exception(caught.value))
    shown = told + repr(vars(caught.value)) + repr(caught.value.__cause__)
    assert "hush-hush" not in shown
    assert "secret-token" not in shown


def test__login_opens_the_circuit__certainly_without_effect() -> None:
    refusal = CircuitBreakerOpenError("intune", retry_after=60.0)
    refusal.may_have_applied = True  # the login's own earlier try is in doubt
    with pytest.raises(CircuitBreakerOpenError) as caught:
        Subject(refusal).send("POST")
    assert caught.value is refusal
    assert caught.value.may_have_applied is False


def test__login__does_not_vouch_for_the_service() -> None:
    subject = Subject(token(), DONE)
    subject.send()
    login, request = subject.http.sent
    assert login.options.get("vouches") is False
    assert "vouches" not in request.options
