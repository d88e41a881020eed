from typing import Any

import pytest
from pydantic import ValidationError

from breakwater.connectors.ansible.payload import MOST_VARS_BYTES, Payload

WHOLE: dict[str, Any] = {
    "job_template_id": 42,
    "extra_vars": {"package": "nginx", "retries": 3, "hosts": [{"name": "a"}], "none": None},
    "limit": "web:&production",
    "inventory_id": 3,
    "credential_ids": [5, 7],
    "job_tags": "install,restart",
}


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def faults(**changes: Any) -> list[tuple[Any, ...]]:
    """Return where each fault of a payload lies."""
    with pytest.raises(ValidationError) as caught:
        Payload.model_validate({**WHOLE, **changes})
    return [one["loc"] for one in caught.value.errors()]


def test__whole_payload__is_kept_as_it_is() -> None:
    assert Payload.model_validate(WHOLE).model_dump(mode="json") == WHOLE


def test__template_alone__is_enough_and_nothing_is_added() -> None:
    model = Payload.model_validate({"job_template_id": 1})
    assert model.model_dump(mode="json", exclude_defaults=True) == {"job_template_id": 1}


def test__examples__are_valid() -> None:
    schema = Payload.model_json_schema()
    for example in schema["examples"]:
        Payload.model_validate(example)
    assert schema["required"] == ["job_template_id"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("job_template_id", None),
        ("job_template_id", 0),
        ("job_template_id", "42"),
        ("job_template_id", True),
        ("job_template_id", 2**31),
        ("extra_vars", {}),
        ("extra_vars", "package: nginx"),
        ("extra_vars", {"x": "y" * MOST_VARS_BYTES}),
        ("extra_vars", {"x": float("nan")}),
        ("extra_vars", {"x": "\ud800"}),
        ("limit", ""),
        ("limit", "   "),
        ("limit", "x" * 1025),
        ("limit", "web\x00"),
        ("inventory_id", -1),
        ("credential_ids", []),
        ("credential_ids", [5, 5]),
        ("credential_ids", list(range(1, 52))),
        ("job_tags", "a\nb"),
        ("labels", [1]),
    ],
)
def test__wrong_value__refused_where_it_stands(field: str, value: Any) -> None:
    assert faults(**{field: value})[0][0] == field


@pytest.mark.parametrize("name", ["", "1st", "with-dash", "with space", "x" * 101, "ü"])
def test__variable_with_a_name_that_ansible_refuses__refused(name: str) -> None:
    assert faults(extra_vars={name: 1})[0][:2] == ("extra_vars", name)


def test__variables_nested_without_end__refused() -> None:
    assert faults(extra_vars={"x": deep(500)})[0][0] == "extra_vars"


def test__everything_wrong__everything_told() -> None:
    wrong = faults(job_template_id=0, limit="", inventory_id=0, credential_ids=[0], more=1)
    assert {where[0] for where in wrong} == {
        "job_template_id",
        "limit",
        "inventory_id",
        "credential_ids",
        "more",
    }


def test__blanks_around_a_text__taken_away() -> None:
    assert Payload.model_validate({**WHOLE, "limit": " web "}).limit == "web"


def test__variables_just_small_enough__kept() -> None:
    size = MOST_VARS_BYTES - len('{"x": ""}')
    assert Payload.model_validate({**WHOLE, "extra_vars": {"x": "y" * size}}).extra_vars
