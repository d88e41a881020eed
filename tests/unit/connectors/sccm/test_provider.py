from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from breakwater.connectors.sccm.build import build
from breakwater.connectors.sccm.connector import DOUBTED, SccmConnector
from breakwater.connectors.sccm.provider import Application, error_in, text
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.resilience.deadline import Deadline
from breakwater.services.upkeep import ProbeRun
from tests.fakes.clock import FakeClock
from tests.fakes.configuration import FixedConfiguration
from tests.fakes.http import ScriptedHttp, ok
from tests.unit.connectors.sccm.settings import NTLM, SECRET


class Desk:
    """The provider's calls, on answers that are written down."""

    def __init__(self, *answers: Any) -> None:
        clock = FakeClock()
        self.http = ScriptedHttp(*[ok(answer) for answer in answers])
        source = FixedConfiguration(NTLM, SECRET, "sccm")
        self.provider = build(source, self.http, clock)._provider
        self.run = ProbeRun("c", Deadline.after(60, clock.monotonic), clock)

    @property
    def queries(self) -> list[str]:
        """What was asked for, as a reader of the query sees it."""
        return [unquote(sent.url.partition("/wmi/")[2]) for sent in self.http.sent]


def app(**changes: Any) -> dict[str, Any]:
    return {
        "CI_ID": 11,
        "ModelID": 7,
        "LocalizedDisplayName": "7-Zip",
        "IsLatest": True,
        "IsExpired": False,
        **changes,
    }


def listing(*rows: Any) -> dict[str, Any]:
    return {"value": list(rows)}


@pytest.mark.parametrize(
    ("value", "written"),
    [("7-Zip", "'7-Zip'"), ("O'Brien", "'O''Brien'"), ("''", "''''''"), ("", "''")],
)
def test__text__quotes_are_doubled(value: str, written: str) -> None:
    assert text(value) == written


def test__query__every_sign_is_escaped_and_a_space_is_no_plus() -> None:
    desk = Desk(listing())
    with pytest.raises(PermanentError):
        desk.provider.application(desk.run, "A+B & C's #1?/%20")
    [url] = [sent.url for sent in desk.http.sent]
    assert desk.queries == ["SMS_Application?$filter=LocalizedDisplayName eq 'A+B & C''s #1?/%20'"]
    assert not set(url.partition("$filter=")[2]) & set("+& #?/'")


@pytest.mark.parametrize(
    "rows",
    [
        [app()],
        [app(IsLatest=False, CI_ID=10), app()],
        [app(LocalizedDisplayName="7-ZIP")],
        [app(), app(ModelID=8, IsExpired=True)],
        [app(), app(ModelID=8, LocalizedDisplayName="7-Zip Pro")],
        [{key: app()[key] for key in ("CI_ID", "ModelID", "LocalizedDisplayName")}],
    ],
)
def test__application__the_latest_of_the_one_that_is_named(rows: list[dict[str, Any]]) -> None:
    desk = Desk(listing(*rows))
    found = desk.provider.application(desk.run, "7-zip")
    assert (found.ci_id, found.model_id) == (11, 7)
    assert isinstance(found, Application)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "no application of this name"),
        ([app(LocalizedDisplayName=None)], "no application"),
        ([app(IsLatest=False)], "no application"),
        ([app(), app(ModelID=8)], "2 applications of this name"),
        ([app(), app(CI_ID=12)], "2 latest revisions of this name"),
    ],
)
def test__application__name_does_not_tell_which__permanent(rows: list[Any], told: str) -> None:
    desk = Desk(listing(*rows))
    with pytest.raises(PermanentError, match=told):
        desk.provider.application(desk.run, "7-Zip")


@pytest.mark.parametrize("change", [{"CI_ID": None}, {"ModelID": "7"}])
def test__application__without_its_numbers__transient(change: dict[str, Any]) -> None:
    desk = Desk(listing(app(**change)))
    with pytest.raises(TransientError):
        desk.provider.application(desk.run, "7-Zip")


def test__assignments__rows_of_other_names__are_left_out() -> None:
    desk = Desk(listing({"AssignmentName": "n2"}, {"AssignmentName": "n"}, {}))
    assert desk.provider.assignments(desk.run, "n") == [{"AssignmentName": "n"}]
    assert desk.queries == ["SMS_ApplicationAssignment?$filter=AssignmentName eq 'n'"]


def test__failed_devices__each_once_and_ours_alone() -> None:
    def row(name: str, status: int = 5, assignment: int = 3) -> dict[str, Any]:
        return {"AssignmentID": assignment, "MachineName": name, "AppStatusType": status}

    more = {"@odata.nextLink": "https://evil.test/"}
    rows = [row("b"), row("a"), row("b"), row("c", status=1), row("d", assignment=4)]
    rows += [row("\ud800"), row("x" * 9_000)]
    desk = Desk({**listing(*rows), **more})
    assert desk.provider.failed_devices(desk.run, 3) == ["?", "a", "b", "x" * 255]
    assert desk.queries == [
        "SMS_AppDeploymentAssetDetails?$filter=AssignmentID eq 3 and AppStatusType eq 5"
    ]


def test__list_goes_on_elsewhere__a_part_does_not_pass_for_all_of_it() -> None:
    desk = Desk({**listing(), "@odata.nextLink": "https://cm01.test/AdminService/wmi/x"})
    with pytest.raises(PermanentError, match="too many"):
        desk.provider.assignments(desk.run, "n")
    assert len(desk.http.sent) == 1


def test__error_beside_an_empty_list__is_no_absence() -> None:
    desk = Desk({"error": {"code": "c", "message": "half of it"}, **listing()})
    with pytest.raises(TransientError) as caught:
        desk.provider.assignments(desk.run, "n")
    assert str(caught.value) == "sccm answered with the error c"
    assert "half of it" in str(caught.value.response_body)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": {"code": "SMS.Provider-500", "message": "m"}}, "the error SMS.Provider-500"),
        ({"error": {"code": "x" * 64}}, "the error " + "x" * 64),
        ({"error": {"code": "x" * 65}}, "an error"),
        ({"error": {"code": "login of svc failed"}}, "an error"),
        ({"error": {"code": "\ud800"}}, "an error"),
        ({"error": {"code": "eyJhbGciOiJI.eyJzdWIi"}}, "an error"),
        ({"error": {"code": "", "message": "m"}}, "an error"),
        ({"error": {"code": 500}}, "an error"),
        ({"error": {}}, "an error"),
        ({"error": "words"}, "an error"),
        ({"error": None, "value": []}, None),
        ({"AssignmentID": 1}, None),
        ([], None),
        (None, None),
    ],
)
def test__error_in__an_answer(answer: Any, expected: str | None) -> None:
    assert error_in(ok(answer if answer is not None else b"null")) == expected


OLD = {
    "stage": DOUBTED,
    "at": "2026-01-01T00:00:00+00:00",
    "error": "E: sent Bearer SECRET-TOKEN",
    "assignment_name": "Breakwater m",
    "collection_id": "PS100001",
    "model_id": "7",
    "ci_id": "11",
}
"""A handle as it was written while it held the provider's own words."""


def settled(handle: Mapping[str, Any]) -> PermanentError:
    """Return how a doubt ends that no assignment came of."""
    desk = Desk(listing())
    with pytest.raises(PermanentError) as caught:
        SccmConnector(desk.provider).poll(desk.run, {}, handle)
    return caught.value


def test__doubt__its_handle_is_of_before__read_and_not_repeated() -> None:
    error = settled(OLD)
    assert (str(error), error.response_body) == ("sccm made no assignment", None)


def test__doubt__told_by_its_code_with_the_redacted_answer() -> None:
    error = settled({**OLD, "error": "it answered with the error E", "answer": "{redacted}"})
    assert str(error) == "sccm made no assignment: it answered with the error E"
    assert error.response_body == "{redacted}"
