"""Letting ourselves in, being let out, and Jira's way of answering strangers politely."""

from collections.abc import Mapping

import pytest

from breakwater.domain.errors import ConfigurationError, PermanentError, TransientError
from breakwater.domain.progress import Found
from tests.contract.connectors.jira.desk import CALLS, CHANGE, Desk, Sync
from tests.fakes.configuration import FixedConfiguration


class Rotated(FixedConfiguration):
    """The cached secret is an old one; who asks past the cache gets the good one."""

    def secret(self, service: str, *, fresh: bool = False) -> Mapping[str, str]:
        good = super().secret(service, fresh=fresh)
        return good if fresh else {**good, "api_token": "old-and-secret"}


@pytest.fixture
def rotated(desk: Desk) -> None:
    desk.source = Rotated(desk.source.settings_, desk.source.secret_, "jira")
    desk.jira = desk.environment()


@pytest.mark.parametrize("strangers", ["refused", "anonymous"])
@pytest.mark.parametrize("call", ["pull", "find", "open", "probe"])
def test__token_was_rotated__one_renewal_and_on(
    desk: Desk, rotated: None, call: str, strangers: str
) -> None:
    desk.vendor.limits(strangers=strangers)
    CALLS[call](desk)
    assert desk.source.fresh == 1
    CALLS[call](desk)
    assert desk.source.fresh == 1


def test__token_was_rotated__nothing_passes_for_empty_or_absent(desk: Desk, rotated: None) -> None:
    desk.vendor.limits(strangers="anonymous")
    (seeded,) = desk.vendor.seed(desk.ago(hours=1))
    assert list(Sync(desk).all().kept) == [seeded]
    handle = desk.jira.open_change(desk.run(), CHANGE)
    desk.jira = desk.environment()
    found = desk.jira.find_change(desk.run(), CHANGE, tried_at=desk.ago(hours=1))
    assert found == Found(handle)


@pytest.mark.parametrize("strangers", ["refused", "anonymous"])
@pytest.mark.parametrize("call", CALLS)
def test__wrong_token__refused_after_one_renewal_and_told_nowhere(
    desk: Desk, call: str, strangers: str
) -> None:
    desk.vendor.limits(strangers=strangers)
    desk.source.secret_ = {**desk.source.secret_, "api_token": "wrong-and-secret"}
    with pytest.raises(PermanentError) as caught:
        CALLS[call](desk)
    assert caught.value.status_code == 401
    assert "wrong-and-secret" not in repr(caught.value) + str(caught.value.response_body)
    assert desk.source.fresh == 1


@pytest.mark.parametrize("name", ["email", "api_token"])
def test__secret_is_incomplete__configuration_error_that_names_it(desk: Desk, name: str) -> None:
    desk.source.secret_ = {k: v for k, v in desk.source.secret_.items() if k != name}
    with pytest.raises(ConfigurationError, match=name):
        CALLS["probe"](desk)


@pytest.mark.parametrize("call", ["pull", "find", "open", "probe"])
@pytest.mark.parametrize("status", [400, 403, 404, 413, 422, 302])
def test__refused__for_good_and_asked_once(desk: Desk, call: str, status: int) -> None:
    body = {"errorMessages": ["No."], "errors": {}}
    desk.vendor.fault("status", status=status, count=None, body=body)
    with pytest.raises(PermanentError) as caught:
        CALLS[call](desk)
    assert caught.value.status_code == status
    assert desk.vendor.hits() == 1


@pytest.mark.parametrize("kind", ["reset", "hang", "truncated"])
def test__probe_fails__asked_once(desk: Desk, kind: str) -> None:
    desk.vendor.fault(kind, "GET /serverInfo", count=None)
    with pytest.raises(TransientError):
        CALLS["probe"](desk)
    assert desk.vendor.hits() == 1
