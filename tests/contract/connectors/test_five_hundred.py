"""Five hundred records of each system, through the real service into a real table's emulation.

A Lambda dies in the middle of it; a second sync then pulls what has changed since.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from breakwater.adapters.dynamodb.records import DynamoRecordStore
from breakwater.connectors.jira.build import build as build_jira
from breakwater.connectors.servicenow.build import build as build_servicenow
from breakwater.domain.status import Status
from breakwater.ports import Integration
from infra.local.standins.server import StandIns
from tests.contract.connectors.jira.desk import Jira
from tests.contract.connectors.servicenow.vendor import FORM, ServiceNow, a_row, sys_id
from tests.contract.connectors.vendor import VendorClock
from tests.contract.connectors.world import a_client
from tests.fakes.aws import create_tables
from tests.fakes.configuration import FixedConfiguration
from tests.unit.services.syncing import SYSTEM, SyncBench

MANY, CHANGED = 500, 7


class KilledError(BaseException):
    """A Lambda that was stopped: nothing catches this."""


class Dying:
    """A store whose step is killed once, after a page has been stored and before it is noted."""

    def __init__(self, store: Any, *, after: int) -> None:
        self._store, self._left = store, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, *args: Any, **options: Any) -> int:
        stored: int = self._store.put(*args, **options)
        self._left -= 1
        if self._left == 0:
            raise KilledError
        return stored


class Subject:
    """One of the systems with its records, and how somebody changes some of them."""

    def __init__(
        self, clock: VendorClock, integration: Integration, change: Callable[[], set[str]]
    ) -> None:
        self.clock = clock
        self.integration = integration
        self.change = change


@pytest.fixture
def servicenow(standins: StandIns) -> Iterator[Subject]:
    vendor = ServiceNow(standins)
    clock = VendorClock(vendor)
    began = clock.now() - timedelta(days=2)

    def at(number: int) -> str:
        # Ten of them share each moment: a page ends in the middle of one.
        return (began + timedelta(minutes=number // 10)).strftime(FORM)

    vendor.rows(*(a_row(number, at(number)) for number in range(MANY)))

    def change() -> set[str]:
        now = (clock.now() - timedelta(seconds=5)).strftime(FORM)
        vendor.rows(*(a_row(number, now) for number in range(CHANGED)))
        return {sys_id(number) for number in range(CHANGED)}

    with a_client(clock, seconds=5) as http:
        source = FixedConfiguration(vendor.settings, vendor.secret, "servicenow")
        yield Subject(clock, build_servicenow(source, http, clock), change)


@pytest.fixture
def jira(standins: StandIns) -> Iterator[Subject]:
    vendor = Jira(standins)
    clock = VendorClock(vendor)
    began = clock.now() - timedelta(days=2)
    ids = vendor.seed(*(began + timedelta(minutes=number // 10) for number in range(MANY)))

    def change() -> set[str]:
        for issue_id in ids[:CHANGED]:
            vendor.touch(issue_id)
        return set(ids[:CHANGED])

    with a_client(clock, seconds=5) as http:
        source = FixedConfiguration(vendor.settings, vendor.secret, "jira")
        yield Subject(clock, build_jira(source, http, clock), change)


@pytest.fixture
def records() -> Iterator[DynamoRecordStore]:
    with mock_aws():
        client: Any = botocore.session.get_session().create_client(
            "dynamodb",
            region_name="eu-central-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        create_tables(client)
        yield DynamoRecordStore(client, records_table="integration_records")


def stored(records: DynamoRecordStore) -> list[str]:
    """Return every stored record's key, in the order in which they are read back."""
    keys: list[str] = []
    position: str | None = None
    while True:
        part = records.read(SYSTEM, after=position, limit=200)
        keys += [record.key for record in part.records]
        if part.position is None:
            return keys
        position = part.position


@pytest.mark.parametrize("name", ["servicenow", "jira"])
def test__five_hundred__a_crash_in_the_middle__each_once_and_then_only_what_changed(
    name: str, request: pytest.FixtureRequest, records: DynamoRecordStore
) -> None:
    subject: Subject = request.getfixturevalue(name)
    known = len(stored(records))
    real: Any = {"system": subject.integration, "records": records}  # instead of twins
    bench = SyncBench(clock=subject.clock, **real)
    first = bench.accept()
    with pytest.raises(KilledError):
        first.pull(bench.sync(records=Dying(records, after=2)))
    halfway = len(stored(records))
    assert known < halfway < MANY
    first.retry()
    task = first.run()
    assert task.status is Status.SUCCESS

    keys = stored(records)
    everything = len(set(keys))
    assert len(keys) == everything >= MANY
    assert first.result["stored"] == everything

    subject.clock.advance(3600)
    changed = subject.change()
    subject.clock.advance(3600)
    second = bench.accept()
    assert second.run().status is Status.SUCCESS
    assert second.result["stored"] == CHANGED
    assert second.result["pulled"] < MANY // 2, "only what changed, and the overlap"
    keys = stored(records)
    assert len(keys) == everything
    assert set(keys[-CHANGED:]) == changed
