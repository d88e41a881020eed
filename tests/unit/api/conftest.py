import pytest

from tests.fakes.front import Front


@pytest.fixture
def front() -> Front:
    return Front()
