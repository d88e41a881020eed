import pytest

from tests.fakes.breakers import Fleet


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()
