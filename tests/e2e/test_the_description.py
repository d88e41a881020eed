"""The description against the deployed stack: a user, an operator, and nobody at all.

tests/contract/api holds the function alone to it, with many more requests: here the gateway, the
authorizer and everything behind the function take part.
"""

from collections.abc import Iterator

import pytest

from breakwater.api.openapi.operations import OPERATIONS
from infra.local.client import Client
from infra.local.stack import LocalStack
from tests.access.description import hold

pytestmark = pytest.mark.e2e
PHASES = "examples,fuzzing"


@pytest.fixture
def tokens(stack: LocalStack) -> Iterator[dict[str, str | None]]:
    """Tokens by right. What operators do to breakers is undone: others need them."""
    yield {**stack.tokens, "nobody": None}
    with Client(stack.api_url, stack.tokens["operate"]) as operator:
        for service in operator.request("GET", "breakers").raise_for_status().json():
            body = {"mode": "automatic", "reason": "the description has been tried"}
            answer = operator.request("PUT", f"breakers/{service}/override", json=body)
            answer.raise_for_status()


@pytest.mark.parametrize(("who", "examples"), [("submit", 2), ("operate", 1), ("nobody", 1)])
def test__api__keeps_what_it_promises(
    stack: LocalStack, tokens: dict[str, str | None], who: str, examples: int
) -> None:
    outcome = hold(stack.api_url, tokens[who], phases=PHASES, examples=examples)

    print(f"{outcome.cases} cases as {who} over {outcome.operations} operations")
    assert outcome.failures == 0, outcome.text
    assert outcome.operations == len(OPERATIONS) - 1  # the document itself is what is read
