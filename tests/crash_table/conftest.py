from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from tests.crash_table.cuts import Wire
from tests.crash_table.world import REGION, World
from tests.fakes.aws import KEYS, Atomic, create_machines, create_tables


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[Any, Any]]:
    """Clients on moto with the tables and the machine, which take longer to make than a test."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        session = botocore.session.get_session()
        dynamodb: Any = session.create_client("dynamodb", region_name=REGION)
        stepfunctions: Any = session.create_client("stepfunctions", region_name=REGION)
        create_tables(dynamodb)
        create_machines(stepfunctions, "deployment", "aftercare")
        yield Atomic(dynamodb), stepfunctions


@pytest.fixture
def world(account: tuple[Any, Any]) -> Iterator[World]:
    """A world in which nothing has happened yet; executions of other tests bear other names."""
    dynamodb, stepfunctions = account
    for table, keys in KEYS.items():
        for item in dynamodb.scan(TableName=table)["Items"]:
            dynamodb.delete_item(TableName=table, Key={key: item[key] for key in keys})
    made = World(Wire(dynamodb), Wire(stepfunctions))
    yield made
    assert made.dynamodb.waiting == made.stepfunctions.waiting == {}
