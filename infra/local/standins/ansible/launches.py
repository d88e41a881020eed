"""Launching: what a template asks for, what of it is taken, and what is dropped."""

from typing import Any

from infra.local.standins.ansible.manners import ControllerError
from infra.local.standins.ansible.models import LaunchBody, TemplateSpec
from infra.local.standins.ansible.seeds import CREDENTIALS, INVENTORIES
from infra.local.standins.ansible.state import Job, Label, State

ASKED = {
    "extra_vars": "ask_variables_on_launch",
    "limit": "ask_limit_on_launch",
    "inventory": "ask_inventory_on_launch",
    "credentials": "ask_credential_on_launch",
    "labels": "ask_labels_on_launch",
    "job_tags": "ask_tags_on_launch",
}


def terms(template: TemplateSpec) -> dict[str, Any]:
    """Return what `GET launch/` says of a template."""
    asked = {flag: getattr(template, flag) for flag in ASKED.values()}
    credentials = [{"id": one, "name": CREDENTIALS[one]} for one in template.credentials]
    return {
        "can_start_without_user_input": template.inventory is not None,
        "passwords_needed_to_start": [],
        **{flag: value for flag, value in asked.items() if value is not None},
        "survey_enabled": bool(template.survey),
        "variables_needed_to_start": [],
        "credential_needed_to_start": False,
        "inventory_needed_to_start": template.inventory is None,
        "job_template_data": {"name": template.name, "id": template.id, "description": ""},
        "defaults": {
            "extra_vars": "",
            "limit": template.limit,
            "inventory": {"name": "", "id": template.inventory},
            "credentials": credentials,
            "job_tags": template.job_tags,
            "job_slice_count": template.slices,
        },
    }


def launch(state: State, template: TemplateSpec, body: LaunchBody) -> tuple[Job, dict[str, Any]]:
    """Start a job; return it with what was ignored. Raises ControllerError."""
    if not template.launchable:
        raise ControllerError(405)
    labels = _labels(state, body)
    _check(template, body)
    given = body.model_dump(exclude_none=True)
    variables = given.pop("extra_vars", {})
    taken = {name: variables[name] for name in variables if _takes(template, name)}
    dropped = {name: given[name] for name in given if _drops(template, name, given[name])}
    given = {name: given[name] for name in given if name not in dropped}
    launched_with = {
        "limit": given.get("limit", template.limit),
        "inventory": given.get("inventory", template.inventory),
        "job_tags": given.get("job_tags", template.job_tags),
        "credentials": _merged(template, given.get("credentials", [])),
        "extra_vars": taken,
    }
    ignored = {} if template.ask_labels_on_launch is None else dropped
    if refused := {name: variables[name] for name in variables if name not in taken}:
        ignored = {**ignored, "extra_vars": refused}
    return state.launch(template, launched_with, labels if "labels" in given else []), ignored


def _drops(template: TemplateSpec, name: str, value: Any) -> bool:
    """Tell whether a field is dropped: what is not asked for and not as the template has it."""
    if getattr(template, ASKED[name]) or name == "labels":
        return not getattr(template, ASKED[name])
    if name == "credentials":
        return not set(value) <= set(template.credentials)
    return bool(value != getattr(template, name))


def _takes(template: TemplateSpec, variable: str) -> bool:
    return template.ask_variables_on_launch or variable in template.survey


def _labels(state: State, body: LaunchBody) -> list[Label]:
    known = {label.id: label for label in state.labels}
    wrong = [one for one in body.labels or [] if one not in known]
    if wrong:
        raise ControllerError(400, {"labels": [_no_such(one) for one in wrong]})
    return [known[one] for one in body.labels or []]


def _check(template: TemplateSpec, body: LaunchBody) -> None:
    """Refuse what cannot be launched, saying all that is wrong with it."""
    wrong: dict[str, list[str]] = {}
    if body.inventory is not None and body.inventory not in INVENTORIES:
        wrong["inventory"] = [_no_such(body.inventory)]
    if template.inventory is None and body.inventory is None:
        wrong["inventory"] = ["Job Template inventory is missing or undefined."]
    unknown = [one for one in body.credentials or [] if one not in CREDENTIALS]
    if unknown:
        wrong["credentials"] = [_no_such(one) for one in unknown]
    elif body.credentials is not None:
        kinds = [CREDENTIALS[one] for one in body.credentials]
        lost = [one for one in template.credentials if CREDENTIALS[one] not in kinds]
        if lost:
            text = "Removing {} credential at launch time without replacement is not supported."
            wrong["credentials"] = [text.format(CREDENTIALS[one]) for one in lost]
        if len(kinds) != len(set(kinds)):
            wrong["credentials"] = ["Cannot assign multiple credentials of a kind."]
    if wrong:
        raise ControllerError(400, wrong)


def _merged(template: TemplateSpec, given: list[int]) -> list[int]:
    """Return a job's credentials: a given one takes the place of the template's of its kind."""
    by_kind = {CREDENTIALS[one]: one for one in (*template.credentials, *given)}
    return list(by_kind.values())


def _no_such(pk: int) -> str:
    return f'Invalid pk "{pk}" - object does not exist.'
