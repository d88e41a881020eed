"""The description against the function, behind a twin of the gateway."""

from collections.abc import Iterator

import pytest

from breakwater.api.openapi.operations import OPERATIONS
from infra.local.standins.server import serving
from tests.access.description import hold
from tests.access.gateway import Gateway
from tests.fakes.front import Front


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(Gateway(Front().handle), name="gateway") as root:
        yield root


@pytest.mark.parametrize(("token", "seconds"), [("one", 18), ("operator", 12)])
def test__api__keeps_what_it_promises(url: str, token: str, seconds: int) -> None:
    outcome = hold(url, token, examples=3, seconds=seconds)

    print(f"{outcome.cases} cases as {token} over {outcome.operations} operations")
    assert outcome.failures == 0, outcome.text
    assert outcome.operations == len(OPERATIONS) - 1  # the document itself is what is read
    assert outcome.cases >= len(OPERATIONS)  # far more in that time, unless the machine is busy
