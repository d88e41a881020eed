"""Which commands are believed to be ours, and how little it takes not to believe it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.connectors.jamf.lookup import attributed, in_doubt, resource, suspects

SINCE = datetime(2026, 1, 1, 12, tzinfo=UTC)
UNTIL = SINCE + timedelta(seconds=80)
CLIENTS = {11: "m-11", 12: "m-12"}


def a_command(device: int = 11, **changes: Any) -> dict[str, Any]:
    """Return a command as Jamf lists it; a change to None takes a field away."""
    whole = {
        "uuid": f"u-{device}",
        "dateSent": "2026-01-01T12:00:01.000Z",
        "client": {"managementId": f"m-{device}", "clientType": "COMPUTER"},
        "commandState": "PENDING",
        "commandType": "INSTALL_ENTERPRISE_APPLICATION",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"commandType": "INSTALL_PACKAGE"},
        {"commandType": "UNKNOWN"},
        {"commandType": ""},
        {"commandType": None},
        {"dateSent": "2026-01-01T12:00:00.000Z"},
        {"dateSent": "2026-01-01T13:01:19.999+01:00"},
        {"dateSent": None},
        {"dateSent": "2026-01-01T11:00:00"},
        {"dateSent": 1767268800},
    ],
)
def test__may_be_a_package_of_that_time__suspected(changes: dict[str, Any]) -> None:
    command = a_command(**changes)
    assert suspects([command], SINCE, UNTIL) == [command]


@pytest.mark.parametrize(
    "changes",
    [
        {"commandType": "DEVICE_INFORMATION"},
        {"commandType": 7},
        {"dateSent": "2026-01-01T11:59:59.999Z"},
        {"dateSent": "2026-01-01T12:01:20.000Z"},
    ],
)
def test__something_else_or_of_another_time__not_suspected(changes: dict[str, Any]) -> None:
    assert suspects([a_command(**changes)], SINCE, UNTIL) == []


def test__one_for_each_device__attributed_in_the_order_of_the_devices() -> None:
    found = attributed([a_command(11), a_command(12)], CLIENTS, [12, 11])
    assert found == [
        {"device": 12, "command_uuid": "u-12"},
        {"device": 11, "command_uuid": "u-11"},
    ]


@pytest.mark.parametrize(
    "commands",
    [
        [],
        [a_command(11)],
        [a_command(11), a_command(13)],
        [a_command(11), a_command(12), a_command(13)],
        [a_command(11), a_command(11, uuid="u-x")],
        [a_command(11), a_command(12), a_command(12, uuid="u-x")],
        [a_command(11), a_command(12, client=None)],
        [a_command(11), a_command(12, client={"managementId": 12})],
        [a_command(11), a_command(12, client="m-12")],
    ],
)
def test__anything_else_than_one_each__not_attributed(commands: list[dict[str, Any]]) -> None:
    assert attributed(commands, CLIENTS, [11, 12]) is None


@pytest.mark.parametrize("clients", [{}, {11: "m-11"}, {11: "m-11", 12: "m-11"}])
def test__devices_that_are_not_known__not_attributed(clients: dict[int, str]) -> None:
    assert attributed([a_command(11), a_command(12)], clients, [11, 12]) is None


def test__no_devices_and_no_commands__not_attributed() -> None:
    assert not attributed([], {}, [])


def test__in_doubt__names_a_few_commands() -> None:
    told = in_doubt([a_command(number) for number in range(20)], SINCE)
    assert "any of 20 commands since 2026-01-01T12:00:00+00:00" in told
    assert "u-9" in told
    assert "u-10" not in told
    assert "proves nothing" in in_doubt([], SINCE)


def test__resource__is_the_target_s_whatever_its_order_and_package() -> None:
    devices = resource({"device_ids": [1, 2]})
    assert devices == resource({"device_ids": [2, 1], "group_id": None})
    others = [resource({"device_ids": [12]}), resource({"group_id": "12"})]
    assert len({devices, *others}) == 3
    assert all(one.startswith("jamf/") for one in (devices, *others))
