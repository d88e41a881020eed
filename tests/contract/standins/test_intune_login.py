import httpx
import pytest

from infra.local.standins.server import StandIns
from tests.contract.standins.clients import APPS, TOKEN_PATH, Control, Graph, client, refusal


@pytest.fixture
def login(standins: StandIns, control: Control) -> httpx.Client:
    assert control.effects() == {}
    return client(standins.url_of("intune"))


def test__token__get__method_refused(login: httpx.Client) -> None:
    with login:
        assert login.get(TOKEN_PATH).status_code == 405


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer unknown", "Basic {token}"])
def test__graph__without_good_token__401_in_graph_shape(graph: Graph, header: str | None) -> None:
    token = graph.http.headers.pop("authorization").partition(" ")[2]
    if header is not None:
        graph.http.headers["authorization"] = header.format(token=token)
    answer = graph.http.get(APPS)
    assert refusal(answer)[0] == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test__token__lifetime_over__expired(control: Control, graph: Graph) -> None:
    control.limits(token_lifetime_seconds=60)
    graph.log_in()
    control.advance(59)
    assert graph.app().status_code == 200
    control.advance(1)
    assert graph.app().status_code == 401


def test__expire_tokens__all_expire__a_new_one_works(control: Control, graph: Graph) -> None:
    assert control.http.post("/intune/expire-tokens").json() == {"expired": 1}
    assert graph.app().status_code == 401
    graph.log_in()
    assert graph.app().status_code == 200
    assert control.effects()["intune"]["login"] == {"tokens": 2}
