"""What each payload says that it deploys, by which its history is found."""

from typing import Any

import pytest

from breakwater.api.bodies import validate
from breakwater.domain.packages import package_of
from breakwater.registry import PAYLOADS

NAMES: dict[str, list[str]] = {
    "intune": ["0d9c4d2b-6f0e-4a5c-9b57-3b1d6d3d0001"],
    "sccm": ["7-Zip 24.08"],
    "landscape": ["nginx", "snap:hello"],
    "ansible": ["42"],
    "jamf": ["com.example.agent"],
}


@pytest.mark.parametrize("service", PAYLOADS)
def test__deployed__of_each_example__is_what_the_vendor_calls_it(service: str) -> None:
    model = PAYLOADS[service]()
    examples: Any = model.model_json_schema()["examples"]
    names = [package_of(validate(model, example).deployed) for example in examples]
    assert names == NAMES[service]


@pytest.mark.parametrize("service", PAYLOADS)
def test__deployed__is_no_part_of_the_payload(service: str) -> None:
    schema = PAYLOADS[service]().model_json_schema()
    assert "deployed" not in schema["properties"]
