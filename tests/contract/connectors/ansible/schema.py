"""The controller's API v2, as far as deployments use it.

Source: docs.ansible.com/automation-controller/latest/html/controllerapi; what a launch takes and
answers, JobTemplateLaunch in awx/api/views of github.com/ansible/awx.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.contract.connectors.exchanges import JSON, Api, Body, Call, Closed, Open

Id = Annotated[int, Field(ge=1)]
API = r"/api(?:/controller)?/v2"


class Detail(Closed):
    detail: str


class Ping(Open):
    ha: bool
    version: str
    active_node: str


class Terms(Open):
    ask_variables_on_launch: bool
    ask_limit_on_launch: bool
    ask_inventory_on_launch: bool
    ask_credential_on_launch: bool
    ask_tags_on_launch: bool
    ask_labels_on_launch: bool = False
    survey_enabled: bool
    defaults: dict[str, Any]


class NewLabel(Closed):
    name: Annotated[str, Field(min_length=1, max_length=512)]
    organization: Id


class Label(Open):
    id: Id
    name: str
    organization: Id


class Launch(Closed):
    extra_vars: dict[str, Any] | None = None
    limit: str = ""
    inventory: Id = 1
    credentials: list[Id] | None = None
    labels: Annotated[list[Id], Field(min_length=1, max_length=1)]
    job_tags: str = ""


class Job(Open):
    id: Id
    url: Annotated[str, Field(pattern=rf"^{API}/jobs/\d+/$")]
    status: Literal[
        "new", "pending", "waiting", "running", "successful", "failed", "error", "canceled"
    ]
    failed: bool
    elapsed: float
    job_explanation: str
    extra_vars: str


class Launched(Job):
    job: Id = 0
    workflow_job: Id = 0
    ignored_fields: dict[str, Any]


class Jobs(Open):
    count: int
    results: list[Job]


class Labels(Open):
    count: int
    results: list[Label]


class JobsOfLabel(Closed):
    label: Annotated[str, Field(alias="labels__name", pattern=r"^breakwater-[0-9a-f-]{53}$")]
    order_by: Literal["id"]
    page_size: Literal["1"]


class LabelOfOrganization(Closed):
    name: str
    organization: Annotated[str, Field(pattern=r"^\d+$")]


FIELDS = dict[str, list[str] | str]
REFUSED = {
    302: Body(),
    400: Body(JSON, FIELDS),
    **dict.fromkeys((401, 403, 404, 415), Body(JSON, Detail)),
}
"""302: while it migrates, whatever it is asked."""
CANNOT = {405: Detail}
"""The template cannot be launched, or the job has ended."""
LAUNCH = rf"{API}/job_templates/\d+/launch/"
api = Api({"authorization": r"Bearer \S+"}, REFUSED)
CALLS = (
    Call(
        "GET", rf"{API}/ping/", {200: Body(JSON, Ping), 302: Body()}, headers={"authorization": ""}
    ),
    api("GET", LAUNCH, {200: Terms}),
    api("POST", LAUNCH, {201: Launched, **CANNOT}, sends=Launch),
    api("POST", rf"{API}/labels/", {201: Label}, sends=NewLabel),
    api("GET", rf"{API}/labels/", {200: Labels}, query=LabelOfOrganization),
    api("GET", rf"{API}/jobs/", {200: Jobs}, query=JobsOfLabel),
    api("GET", rf"{API}/jobs/\d+/", {200: Job}),
    api("POST", rf"{API}/jobs/\d+/cancel/", {202: None, **CANNOT}),
)
