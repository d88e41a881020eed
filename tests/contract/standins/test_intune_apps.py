import uuid

import pytest

from infra.local.standins import intune
from tests.contract.standins.clients import APPS, Control, Graph, assignment, refusal

ASSIGN = f"{APPS}/{intune.PUBLISHED_APP}/assign"
ASSIGNMENTS = f"{APPS}/{intune.PUBLISHED_APP}/assignments"


@pytest.mark.parametrize("app_id", [str(uuid.UUID(int=7)), "not-a-guid"])
@pytest.mark.parametrize(
    ("method", "below"), [("GET", ""), ("GET", "/assignments"), ("POST", "/assign")]
)
def test__app__unknown__404(graph: Graph, app_id: str, method: str, below: str) -> None:
    assert refusal(graph.http.request(method, f"{APPS}/{app_id}{below}"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ASSIGN, 405),
        ("PUT", ASSIGNMENTS, 405),
        ("DELETE", APPS, 405),
        ("GET", f"{APPS}/", 404),
        ("POST", f"{ASSIGN}/", 404),
        ("GET", APPS.replace("v1.0", "beta"), 404),
    ],
)
def test__graph__wrong_path_or_method__refused(
    graph: Graph, method: str, path: str, status: int
) -> None:
    assert refusal(graph.http.request(method, path))[0] == status


@pytest.mark.parametrize(
    "target",
    [
        f"{APPS}?$filter=x",
        f"{APPS}?$top=-1",
        f"{APPS}?$top=one",
        f"{APPS}?$top=1&$top=2",
        f"{APPS}?$select=name",
        f"{APPS}/{intune.PUBLISHED_APP}?$expand=assignments",
        f"{ASSIGNMENTS}?$top=1",
        f"{ASSIGNMENTS}?$skiptoken=x",
    ],
)
def test__graph__wrong_query__refused(graph: Graph, target: str) -> None:
    assert refusal(graph.http.get(target))[0] == 400


def test__probe__one_app__only_what_was_selected(graph: Graph) -> None:
    answer = graph.http.get(f"{APPS}?$top=1&$select=id")
    (only,) = answer.json()["value"]
    assert only == {"@odata.type": "#microsoft.graph.win32LobApp", "id": intune.PUBLISHED_APP}


def test__answer__request_ids__echoed_and_made(graph: Graph) -> None:
    answer = graph.http.get(f"{APPS}/nowhere", headers={"client-request-id": "corr-9"})
    assert answer.headers["client-request-id"] == "corr-9"
    made = answer.json()["error"]["innerError"]["request-id"]
    assert answer.headers["request-id"] == made
    assert "client-request-id" not in graph.app().headers


def test__app_route__wrong_script__refused(control: Control) -> None:
    bad = {"id": "x", "rollout": [], "publishingState": "gone", "page_size": 0}
    answer = control.http.post("/intune/apps", json=bad)
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 4


def test__app_route__change__leaves_the_rest(control: Control) -> None:
    app_id = "5A5A5A5A-0000-4000-8000-0000000000FF"
    created = control.http.post("/intune/apps", json={"id": app_id, "export_reads": 4})
    assert created.status_code == 201
    changed = control.app(app_id, displayName="Renamed", assignments=[assignment()])
    assert changed["id"] == app_id.lower()
    assert (changed["displayName"], changed["export_reads"]) == ("Renamed", 4)
    assert control.app(app_id, export_reads=0)["assignments"] == changed["assignments"]
