"""What is launched, what a template would take of it, and what a job has got of it."""

import json
from collections.abc import Mapping
from typing import Any

from breakwater.connectors.ansible import SERVICE
from breakwater.connectors.words import plain
from breakwater.domain.errors import PermanentError

# Source: JobLaunchSerializer in awx/api/serializers.py, `ask_mapping` in awx/main/models/jobs.py.
_NAMES = {
    "extra_vars": "extra_vars",
    "limit": "limit",
    "inventory_id": "inventory",
    "credential_ids": "credentials",
    "job_tags": "job_tags",
}
"""What the API calls the fields of a payload."""
_ASKED = {
    "extra_vars": "ask_variables_on_launch",
    "limit": "ask_limit_on_launch",
    "inventory": "ask_inventory_on_launch",
    "credentials": "ask_credential_on_launch",
    "job_tags": "ask_tags_on_launch",
    "labels": "ask_labels_on_launch",
}

MOST_NAMES = 100

Payload = Mapping[str, Any]


def prompts(payload: Payload) -> dict[str, Any]:
    """Return what a payload says, in the API's words."""
    return {
        theirs: payload[ours] for ours, theirs in _NAMES.items() if payload.get(ours) is not None
    }


def check(terms: Mapping[str, Any], payload: Payload) -> None:
    """Raise PermanentError if a template, going by its launch terms, would drop any of this.

    Without labels a launch whose answer is lost could not be found again: such a template is
    refused as well. An older AWX takes none, and does not even list them as ignored.
    """
    dropped = [name for name in (*prompts(payload), "labels") if not _takes(terms, name)]
    if dropped:
        raise PermanentError(
            f"the job template would ignore {', '.join(dropped)}:"
            " enable 'Prompt on launch' for each of them",
            service=SERVICE,
        )
    # A sliced launch makes a workflow job, which is not among the jobs that are looked through.
    defaults = terms.get("defaults")
    slices = defaults.get("job_slice_count") if isinstance(defaults, Mapping) else None
    if isinstance(slices, int) and slices > 1:
        raise PermanentError(
            "the job template is sliced: only whole jobs can be followed",
            service=SERVICE,
        )


def _takes(terms: Mapping[str, Any], name: str) -> bool:
    # Of the variables, those that its survey names pass without a prompt. Which these are the terms
    # do not say: what the survey lacks shows in `ignored_fields`.
    surveyed = name == "extra_vars" and terms.get("survey_enabled") is True
    return surveyed or terms.get(_ASKED[name]) is True


def ignored(answer: Mapping[str, Any]) -> list[str]:
    """Name what a launch has ignored, MOST_NAMES at most, without values.

    Those of variables are nobody's business.
    """
    found = answer.get("ignored_fields") or {}
    if not isinstance(found, Mapping):
        return ["unnamed fields"]
    variables = found.get("extra_vars")
    names = [_named(name) for name in found if name != "extra_vars"]
    if isinstance(variables, Mapping):
        names += [f"extra_vars.{_named(name)}" for name in variables]
    elif variables:
        names.append("extra_vars")
    return names[:MOST_NAMES]


def _named(name: object) -> str:
    return plain(name) or "(unnamed)"


def lacking(job: Mapping[str, Any], payload: Payload) -> list[str]:
    """Name what a job runs without, of which nobody has seen the answer to its launch.

    A listed job shows what it was launched with. What it does not show counts as taken.
    """
    shown = {**job, "credentials": _credentials(job), "extra_vars": _variables(job)}
    missing = []
    for name, wanted in prompts(payload).items():
        got = shown.get(name)
        if got is None:
            continue
        if name == "extra_vars":
            # By name only: a survey's passwords are shown encrypted.
            missing += [f"{name}.{variable}" for variable in wanted if variable not in got]
        elif name == "credentials":
            missing += [name] if set(wanted) - set(got) else []
        elif got != wanted:
            missing.append(name)
    return missing


def _credentials(job: Mapping[str, Any]) -> list[Any] | None:
    try:
        return [one["id"] for one in job["summary_fields"]["credentials"]]
    except (KeyError, TypeError):
        return None


def _variables(job: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        found = json.loads(job["extra_vars"])
    except (KeyError, TypeError, ValueError):
        return None
    return found if isinstance(found, Mapping) else None
