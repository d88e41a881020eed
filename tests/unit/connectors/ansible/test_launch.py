import json
from typing import Any

import pytest

from breakwater.connectors.ansible.launch import check, ignored, lacking, prompts
from breakwater.domain.errors import PermanentError

PAYLOAD: dict[str, Any] = {
    "job_template_id": 42,
    "extra_vars": {"package": "nginx"},
    "limit": "web",
    "inventory_id": 3,
    "credential_ids": [5, 7],
    "job_tags": "install",
}
TERMS: dict[str, Any] = {
    "ask_variables_on_launch": True,
    "ask_limit_on_launch": True,
    "ask_inventory_on_launch": True,
    "ask_credential_on_launch": True,
    "ask_tags_on_launch": True,
    "ask_labels_on_launch": True,
    "survey_enabled": False,
    "defaults": {"job_slice_count": 1},
}
JOB: dict[str, Any] = {
    "extra_vars": json.dumps({"package": "$encrypted$", "own": 1}),
    "limit": "web",
    "inventory": 3,
    "job_tags": "install",
    "summary_fields": {"credentials": [{"id": 5}, {"id": 7}, {"id": 9}]},
}


def test__prompts__in_the_apis_words_without_the_template() -> None:
    assert prompts(PAYLOAD) == {
        "extra_vars": {"package": "nginx"},
        "limit": "web",
        "inventory": 3,
        "credentials": [5, 7],
        "job_tags": "install",
    }
    assert prompts({"job_template_id": 42, "limit": None}) == {}


@pytest.mark.parametrize("flag", [name for name in TERMS if name.startswith("ask_")])
@pytest.mark.parametrize("value", [False, None, 1, "true"])
def test__prompt_that_is_not_plainly_on__refused(flag: str, value: Any) -> None:
    check(TERMS, PAYLOAD)
    with pytest.raises(PermanentError, match=r"the job template would ignore [a-z_]+: "):
        check({**TERMS, flag: value}, PAYLOAD)
    with pytest.raises(PermanentError):
        check({name: TERMS[name] for name in TERMS if name != flag}, PAYLOAD)


def test__what_is_not_asked_for__need_not_be_prompted() -> None:
    template, terms = {"job_template_id": 42}, {"ask_labels_on_launch": True}
    check(terms, template)
    with pytest.raises(PermanentError, match="ignore limit"):
        check(terms, {**template, "limit": "web"})


def test__survey__lets_variables_pass_and_nothing_else() -> None:
    terms = {**TERMS, "ask_variables_on_launch": False, "survey_enabled": True}
    check(terms, PAYLOAD)
    with pytest.raises(PermanentError, match="ignore limit:"):
        check({**terms, "ask_limit_on_launch": False}, PAYLOAD)
    with pytest.raises(PermanentError, match="ignore extra_vars:"):
        check({**terms, "survey_enabled": None}, PAYLOAD)


@pytest.mark.parametrize("slices", [2, 100])
def test__sliced__refused(slices: int) -> None:
    with pytest.raises(PermanentError, match="sliced"):
        check({**TERMS, "defaults": {"job_slice_count": slices}}, PAYLOAD)


@pytest.mark.parametrize("defaults", [{"job_slice_count": 0}, {"job_slice_count": None}, {}, "odd"])
def test__not_sliced__passes(defaults: Any) -> None:
    terms = {**TERMS, "defaults": defaults}
    check(terms, PAYLOAD)
    with pytest.raises(PermanentError, match="ignore limit"):
        check({**terms, "ask_limit_on_launch": False}, PAYLOAD)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, []),
        (None, []),
        ({"limit": "web"}, ["limit"]),
        ({"extra_vars": {}}, []),
        ({"extra_vars": {"pin": "hush-hush"}}, ["extra_vars.pin"]),
        ({"extra_vars": "pin: hush-hush", "labels": [1]}, ["labels", "extra_vars"]),
        (
            {"inventory": 3, "extra_vars": {"a": 1, "b": 2}},
            ["inventory", "extra_vars.a", "extra_vars.b"],
        ),
        (["limit"], ["unnamed fields"]),
        ({"sent Bearer t": 1, "extra_vars": {"x" * 65: 1}}, ["(unnamed)", "extra_vars.(unnamed)"]),
        (dict.fromkeys(map(str, range(200))), list(map(str, range(100)))),
    ],
)
def test__ignored__names_without_values(fields: Any, named: list[str]) -> None:
    assert ignored({"job": 1, "ignored_fields": fields}) == named


def test__ignored__not_said__nothing() -> None:
    assert ignored({"job": 1}) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, []),
        ({"limit": "all"}, ["limit"]),
        ({"limit": ""}, ["limit"]),
        ({"inventory": 4}, ["inventory"]),
        ({"job_tags": ""}, ["job_tags"]),
        ({"extra_vars": "{}"}, ["extra_vars.package"]),
        ({"summary_fields": {"credentials": [{"id": 5}]}}, ["credentials"]),
        ({"summary_fields": {"credentials": []}, "limit": "x"}, ["limit", "credentials"]),
    ],
)
def test__lacking__what_the_job_shows_otherwise(change: dict[str, Any], named: list[str]) -> None:
    assert lacking({**JOB, **change}, PAYLOAD) == named


@pytest.mark.parametrize(
    "change",
    [
        {"limit": None},
        {"summary_fields": None},
        {"summary_fields": {}},
        {"summary_fields": {"credentials": [7]}},
        {"extra_vars": "---"},
        {"extra_vars": None},
        {"extra_vars": "[]"},
    ],
)
def test__lacking__what_a_job_does_not_show__counts_as_taken(change: dict[str, Any]) -> None:
    assert lacking({**JOB, **change}, PAYLOAD) == []
    assert lacking({}, PAYLOAD) == []
