"""Who gets in: checked by the gateway's authorizer and, for rights, by the function."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.client import Client
from infra.local.stack import LocalStack
from tests.e2e.deployed import Deployed

pytestmark = [pytest.mark.e2e, pytest.mark.account]

ROUTES = (("POST", "deployments"), ("GET", "tasks/00000000-0000-4000-8000-000000000000/status/"))


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test__no_token__401(anonymous: Client, method: str, path: str) -> None:
    assert anonymous.request(method, path).status_code == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test__token_signed_with_another_key__401(
    front: LocalStack | Deployed, method: str, path: str
) -> None:
    real = front.tokens["submit"]
    claims = jwt.decode(real, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(real)["kid"]}
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(claims, stranger, algorithm="RS256", headers=headers)
    with Client(front.api_url, forged) as client:
        assert client.request(method, path).status_code == 401


def test__token_changed_after_signing__401(front: LocalStack | Deployed) -> None:
    head, _, signature = front.tokens["none"].split(".")
    claims = jwt.decode(front.tokens["none"], options={"verify_signature": False})
    claims |= {"cognito:groups": ["operate"], "exp": int(time.time()) + 9999}
    unsigned = jwt.encode(claims, key="", algorithm="none").split(".")[1]
    with Client(front.api_url, f"{head}.{unsigned}.{signature}") as client:
        assert client.deploy({}).status_code == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test__user_without_the_right__403_problem(bystander: Client, method: str, path: str) -> None:
    answer = bystander.request(method, path)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 403
    assert problem["title"]
    assert problem["detail"]
    assert problem["correlation_id"] == answer.headers["x-correlation-id"]


def test__health__needs_no_token(anonymous: Client) -> None:
    answer = anonymous.request("GET", "health")

    assert answer.status_code == 200
    # A vendor may be down, which is no fault of the stack's.
    assert answer.json()["status"] in {"ok", "degraded"}
