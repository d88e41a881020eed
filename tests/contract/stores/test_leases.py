"""What every LeaseStore promises."""

from datetime import timedelta

import pytest

from breakwater.domain.errors import ResourceBusyError
from tests.contract.stores.conftest import Stores
from tests.fakes.tasks import NOW

UNTIL = NOW + timedelta(seconds=90)


def test__acquire__free__is_held_against_others(stores: Stores) -> None:
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)
    with pytest.raises(ResourceBusyError) as caught:
        stores.leases.acquire("intune/a", holder="y", now=NOW, until=UNTIL)
    assert (caught.value.resource, caught.value.held_until) == ("intune/a", UNTIL)


def test__acquire__another_resource__is_free(stores: Stores) -> None:
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)
    stores.leases.acquire("intune/b", holder="y", now=NOW, until=UNTIL)
    with pytest.raises(ResourceBusyError):
        stores.leases.acquire("intune/b", holder="x", now=NOW, until=UNTIL)


def test__acquire__by_its_holder__is_renewed(stores: Stores) -> None:
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL + timedelta(seconds=9))
    with pytest.raises(ResourceBusyError) as caught:
        stores.leases.acquire("intune/a", holder="y", now=UNTIL, until=UNTIL)
    assert caught.value.held_until == UNTIL + timedelta(seconds=9)


def test__acquire__ended__is_free(stores: Stores) -> None:
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)
    stores.leases.acquire("intune/a", holder="y", now=UNTIL, until=UNTIL + timedelta(seconds=90))
    with pytest.raises(ResourceBusyError):
        stores.leases.acquire("intune/a", holder="x", now=UNTIL, until=UNTIL)


def test__release__frees_it(stores: Stores) -> None:
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)
    stores.leases.release("intune/a", holder="x")
    stores.leases.acquire("intune/a", holder="y", now=NOW, until=UNTIL)
    with pytest.raises(ResourceBusyError):
        stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)


def test__release__by_another__changes_nothing(stores: Stores) -> None:
    stores.leases.acquire("intune/a", holder="x", now=NOW, until=UNTIL)
    stores.leases.release("intune/a", holder="y")
    with pytest.raises(ResourceBusyError):
        stores.leases.acquire("intune/a", holder="y", now=NOW, until=UNTIL)
