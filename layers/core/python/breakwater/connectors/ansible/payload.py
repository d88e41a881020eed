"""What may be asked of Ansible. Imported where requests are validated, never in a step."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints

from breakwater.ports.payloads import ConnectorPayload

MOST_VARS_BYTES = 32 * 1024
"""How large `extra_vars` may be as JSON: they say what is to be done, and bring no files."""

Id = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
# Source of the bound: CharField(max_length=1024) in awx/main/models/jobs.py, of AWX before 4.
Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
# Source of what a variable may be called: docs.ansible.com/ansible/latest/playbook_guide/
# playbooks_variables.html#creating-valid-variable-names.
Variable = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", min_length=1, max_length=100)
]


def _small(variables: dict[str, Any]) -> dict[str, Any]:
    # As it is sent: what cannot be written down (NaN, half a character) is refused here.
    if len(json.dumps(variables, ensure_ascii=False, allow_nan=False).encode()) > MOST_VARS_BYTES:
        raise ValueError(f"at most {MOST_VARS_BYTES} bytes as JSON")
    return variables


def _distinct(ids: list[int]) -> list[int]:
    if len(set(ids)) != len(ids):
        raise ValueError("nothing may be named twice")
    return ids


class Payload(ConnectorPayload):
    """Launch a job template, and follow its job to the end.

    Whatever is given, the template must prompt for on launch, and for labels in any case: the job
    is found by one again when the answer to its launch is lost.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "job_template_id": 42,
                    "extra_vars": {"package": "nginx", "state": "latest"},
                    "limit": "web:&production",
                }
            ]
        },
    )

    job_template_id: Annotated[Id, Field(description="The job template's id in the controller.")]
    extra_vars: Annotated[
        Annotated[dict[Variable, JsonValue], Field(min_length=1), AfterValidator(_small)] | None,
        Field(description="Variables of the play, at most 32 KiB. Secrets belong to credentials."),
    ] = None
    limit: Annotated[
        Text | None, Field(description="Which hosts of the inventory, in Ansible's own words.")
    ] = None
    inventory_id: Annotated[
        Id | None, Field(description="The inventory, instead of the template's.")
    ] = None
    credential_ids: Annotated[
        Annotated[list[Id], Field(min_length=1, max_length=50), AfterValidator(_distinct)] | None,
        Field(description="All credentials: the template's own, or others of their kinds."),
    ] = None
    job_tags: Annotated[
        Text | None, Field(description="Which tags of the play to run, separated by commas.")
    ] = None

    @property
    def deployed(self) -> tuple[str, ...]:
        """The job template, by its id."""
        return (str(self.job_template_id),)
