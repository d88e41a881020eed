from typing import Any

import pytest

from infra.local.standins import intune
from tests.contract.standins.clients import EXPORTS, Control, Graph, export_body, get, refusal, rows


@pytest.mark.parametrize(
    "change",
    [
        {"reportName": "Devices"},
        {"reportName": None},
        {"filter": f"ApplicationId eq '{intune.PUBLISHED_APP}'"},
        {"filter": "(ApplicationId eq '5a5a5a5a-0000-4000-8000-0000000000ff')"},
        {"filter": None},
        {"format": "json"},
        {"format": None},
        {"select": ["DeviceId"]},
    ],
)
def test__export__wrong_body__refused(
    control: Control, graph: Graph, change: dict[str, Any]
) -> None:
    body = {name: value for name, value in {**export_body(), **change}.items() if value}
    assert refusal(graph.http.post(EXPORTS, json=body))[0] == 400
    assert "export" not in control.effects()["intune"]


@pytest.mark.parametrize("path", [f"{EXPORTS}/x", f"{EXPORTS}('x')"])
def test__export__unknown_job__404(graph: Graph, path: str) -> None:
    assert refusal(graph.http.get(path))[0] == 404


def test__export__too_many_writes__throttled(control: Control, graph: Graph) -> None:
    control.limits(writes_per_window=1)
    graph.start_export()
    assert refusal(graph.start_export())[0] == 429


def test__export__fails__says_so_without_url(control: Control, graph: Graph) -> None:
    control.app(export_outcome="failed", export_reads=0)
    job_id = graph.start_export().json()["id"]
    job = graph.http.get(f"{EXPORTS}/{job_id}").json()
    assert (job["status"], job["url"]) == ("failed", None)


def test__download__with_credentials__refused(graph: Graph) -> None:
    answer = graph.http.get(graph.finished_url())
    assert answer.status_code == 400
    assert "InvalidAuthenticationInfo" in answer.text


@pytest.mark.parametrize("signature", ["", "?sig=wrong"])
def test__download__wrong_signature__refused(graph: Graph, signature: str) -> None:
    unsigned = graph.finished_url().partition("?")[0]
    assert get(unsigned + signature).status_code == 403


def test__download__unknown_or_unfinished__404(control: Control, graph: Graph) -> None:
    url = graph.finished_url()
    unfinished = graph.start_export().json()["id"]
    finished = url.rpartition("/")[2].partition(".zip")[0]
    assert get(url.replace(finished, unfinished)).status_code == 404
    assert get(url.replace(finished, "unknown")).status_code == 404
    control.reset()
    assert get(url).status_code == 404


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (0, ["completed"]),
        (1, ["inProgress", "completed"]),
        (3, ["notStarted", "inProgress", "inProgress", "completed"]),
    ],
)
def test__export__reads__status_moves_on(
    control: Control, graph: Graph, reads: int, expected: list[str]
) -> None:
    control.app(export_reads=reads)
    created = graph.start_export()
    assert (created.status_code, created.json()["status"]) == (201, "notStarted")
    job_id = created.json()["id"]
    jobs = [graph.http.get(f"{EXPORTS}('{job_id}')").json() for _ in expected]
    assert [job["status"] for job in jobs] == expected
    assert [job["url"] is not None for job in jobs] == [state == "completed" for state in expected]


def test__export__accepted__location_leads_to_the_job(control: Control, graph: Graph) -> None:
    control.app(export_created_status=202, export_reads=0)
    accepted = graph.start_export()
    assert (accepted.status_code, accepted.content) == (202, b"")
    assert graph.http.get(accepted.headers["location"]).json()["status"] == "completed"
    assert control.effects()["intune"]["export"] == {"jobs": {intune.PUBLISHED_APP: 1}}


def test__rollout__report_by_report__last_one_stays(control: Control, graph: Graph) -> None:
    seen = [
        [row["AppInstallState"] for row in rows(get(url).content)]
        for url in [graph.finished_url(intune.ROLLOUT_APP) for _ in range(4)]
    ]
    done = ["installed"] * 3
    assert seen == [
        ["pendingInstall"] * 3,
        ["installed", "installed", "pendingInstall"],
        done,
        done,
    ]
    control.app(intune.ROLLOUT_APP, rollout=[["failed"], ["installed"]])
    (row,) = rows(get(graph.finished_url(intune.ROLLOUT_APP)).content)
    assert row["HexErrorCode"] == "0x87D1041C"


def test__report__columns_and_devices__stay_the_same(graph: Graph) -> None:
    one, other = (rows(get(graph.finished_url()).content) for _ in range(2))
    assert one == other
    assert list(one[0]) == [
        "DeviceId",
        "DeviceName",
        "UserPrincipalName",
        "AppInstallState",
        "HexErrorCode",
    ]
    assert len({row["DeviceId"] for row in one}) == 3
    assert {row["HexErrorCode"] for row in one} == {"0x00000000"}
