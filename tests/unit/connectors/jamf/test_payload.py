from typing import Any

import pytest

from breakwater.api.bodies import validate
from breakwater.api.problems import ApiProblem
from breakwater.connectors.jamf.payload import Payload

PACKAGE = {
    "url": "https://packages.example.com/agent.pkg?sig=a%2Fb",
    "hash_type": "MD5",
    "hash": "d41d8cd98f00b204e9800998ecf8427e",
    "bundle_id": "com.example.agent",
    "bundle_version": "2.4.1",
    "title": "Example Agent",
    "size_bytes": 1,
}
GROUP: dict[str, Any] = {"package": PACKAGE, "group_id": "12"}
DEVICES: dict[str, Any] = {"package": PACKAGE, "device_ids": [3, 1, 2]}
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def accepted(value: Any) -> dict[str, Any]:
    return validate(Payload, value).model_dump(mode="json", exclude_defaults=True)


def faults(value: Any) -> dict[str, str]:
    with pytest.raises(ApiProblem) as caught:
        validate(Payload, value)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def with_package(**changes: Any) -> dict[str, Any]:
    return {**GROUP, "package": {**PACKAGE, **changes}}


@pytest.mark.parametrize(
    "value",
    [
        GROUP,
        DEVICES,
        {**DEVICES, "device_ids": list(range(1, 501))},
        with_package(hash_type="SHA256", hash=SHA256),
        with_package(url="https://packages.example.com:8443"),
        with_package(bundle_id="com.example_corp.Agent-2"),
        with_package(title="Büro-Paket “2”"),
    ],
)
def test__either_target__taken_as_it_is(value: dict[str, Any]) -> None:
    assert accepted(value) == value


def test__null__is_as_good_as_absent() -> None:
    assert accepted({**GROUP, "device_ids": None}) == GROUP
    assert accepted({**DEVICES, "group_id": None}) == DEVICES


def test__its_own_example__is_accepted() -> None:
    (example,) = Payload.model_json_schema()["examples"]
    assert accepted(example) == example


@pytest.mark.parametrize(
    ("value", "pointer", "detail"),
    [
        ({"package": PACKAGE}, "/device_ids", "either"),
        ({**GROUP, **DEVICES}, "/device_ids", "either"),
        ({"group_id": "1"}, "/package", "required"),
        ({**GROUP, "group_id": 12}, "/group_id", "string"),
        ({**GROUP, "group_id": "012"}, "/group_id", "pattern"),
        ({**GROUP, "group_id": "12 or 13"}, "/group_id", "pattern"),
        ({**DEVICES, "device_ids": []}, "/device_ids", "at least 1"),
        ({**DEVICES, "device_ids": list(range(1, 502))}, "/device_ids", "at most"),
        ({**DEVICES, "device_ids": [1, 1]}, "/device_ids", "twice"),
        ({**DEVICES, "device_ids": [0]}, "/device_ids/0", "greater"),
        ({**DEVICES, "device_ids": [2**31]}, "/device_ids/0", "less"),
        ({**DEVICES, "device_ids": [1, "2"]}, "/device_ids/1", "integer"),
        ({**DEVICES, "device_ids": [True]}, "/device_ids/0", "integer"),
        ({**DEVICES, "device_ids": 1}, "/device_ids", "array"),
        ({**GROUP, "install_as_managed": True}, "/install_as_managed", "not permitted"),
        (with_package(url="http://packages.example.com/a.pkg"), "/package/url", "pattern"),
        (with_package(url="https://user:secret@example.com/a"), "/package/url", "pattern"),
        (with_package(url="https:///a.pkg"), "/package/url", "pattern"),
        (with_package(url="https://example.com/a b"), "/package/url", "pattern"),
        (with_package(url="https://example.com/" + "a" * 2048), "/package/url", "at most"),
        (with_package(hash_type="SHA1"), "/package/hash_type", "SHA256"),
        (with_package(hash=SHA256), "/package/hash", "32 hexadecimal"),
        (with_package(hash_type="SHA256"), "/package/hash", "64 hexadecimal"),
        (with_package(hash="g" * 32), "/package/hash", "pattern"),
        (with_package(bundle_id=""), "/package/bundle_id", "pattern"),
        (with_package(bundle_id="com.example agent"), "/package/bundle_id", "pattern"),
        (with_package(bundle_version=" "), "/package/bundle_version", "at least 1"),
        (with_package(title="a\nb"), "/package/title", "pattern"),
        (with_package(title="a" * 256), "/package/title", "at most"),
        (with_package(size_bytes=0), "/package/size_bytes", "greater"),
        (with_package(size_bytes="1"), "/package/size_bytes", "integer"),
        (with_package(size_bytes=1.5), "/package/size_bytes", "integer"),
        (with_package(subtitle="x"), "/package/subtitle", "not permitted"),
    ],
)
def test__wrong__says_what_and_where(value: dict[str, Any], pointer: str, detail: str) -> None:
    assert detail in faults(value)[pointer]


def test__every_fault__is_told_at_once() -> None:
    value = {
        "package": {**PACKAGE, "hash": "ab", "size_bytes": 0, "x": 1},
        "group_id": "a",
        "device_ids": [1],
    }
    assert set(faults(value)) == {
        "/package/hash",
        "/package/size_bytes",
        "/package/x",
        "/group_id",
        "/device_ids",
    }


def test__wrong_group__is_one_fault_and_not_a_missing_target() -> None:
    assert set(faults({**GROUP, "group_id": "a"})) == {"/group_id"}
