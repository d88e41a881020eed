"""Jira Cloud's REST API v3, as far as the integration uses it.

Source: developer.atlassian.com/cloud/jira/platform/rest/v3, groups "issue search", "issues",
"issue properties", "issue remote links" and "server info"; .../apis/document/structure for ADF.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tests.contract.connectors.exchanges import JSON, Api, Body, Closed, Open

Id = Annotated[str, Field(pattern=r"^\d+$")]
Key = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+-\d+$")]
BOUND = r"(?:updated >= \d{13}|project in \(.+\)|labels = \".+\")"
JQL = rf"^{BOUND}(?: AND {BOUND})*(?: ORDER BY [a-z]+ ASC(?:, [a-z]+ ASC)*)?$"
ROOT = r"/rest/api/3"
ISSUE = rf"{ROOT}/issue/(?:\d+|[A-Z][A-Z0-9_]+-\d+)"


class Search(Closed):
    jql: Annotated[str, Field(pattern=JQL)]
    fields: list[str]
    max_results: Annotated[int, Field(alias="maxResults", ge=1, le=5000)]
    token: str | None = Field(default=None, alias="nextPageToken", min_length=1)


class Issue(Open):
    id: Id
    key: Key
    fields: dict[str, Any]


class Page(Open):
    issues: list[Issue]
    is_last: bool | None = Field(default=None, alias="isLast")
    token: str | None = Field(default=None, alias="nextPageToken", min_length=1)

    @model_validator(mode="after")
    def token_is_left_out_of_the_last_page(self) -> "Page":
        if self.is_last is not None and self.is_last is not (self.token is None):
            raise ValueError("isLast and nextPageToken contradict each other")
        return self


class Text(Closed):
    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]


class Paragraph(Closed):
    type: Literal["paragraph"]
    content: list[Text]


class Document(Closed):
    type: Literal["doc"]
    version: Literal[1]
    content: list[Paragraph]


class Project(Closed):
    key: str


class IssueType(Closed):
    name: str


class Fields(Closed):
    project: Project
    issuetype: IssueType
    summary: Annotated[str, Field(pattern=r"^[^\r\n]+$", max_length=255)]
    description: Document
    labels: list[Annotated[str, Field(pattern=r"^\S+$")]]


class Property(Closed):
    key: Annotated[str, Field(max_length=255)]
    value: dict[str, Any]


class NewIssue(Closed):
    fields: Fields
    properties: list[Property]


class Created(Open):
    id: Id
    key: Key
    self: str


class Resolved(Closed):
    resolved: bool


class Linked(Closed):
    url: Annotated[str, Field(pattern=r"^https?://")]
    title: str
    summary: str
    status: Resolved


class Link(Closed):
    global_id: Annotated[str, Field(alias="globalId", max_length=255)]
    relationship: str
    object: Linked


class LinkMade(Open):
    id: int
    self: str


class Selection(Closed):
    fields: str


class Server(Open):
    deployment: Literal["Cloud"] = Field(alias="deploymentType")


class Error(Open):
    messages: list[str] = Field(alias="errorMessages")
    errors: dict[str, str]


REFUSED = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Body(JSON, Error))
api = Api({"authorization": r"Basic [A-Za-z0-9+/]+=*"}, REFUSED)
CALLS = (
    api("POST", rf"{ROOT}/search/jql", {200: Page}, sends=Search),
    api("POST", rf"{ROOT}/issue", {201: Created}, sends=NewIssue),
    api("GET", ISSUE, {200: Issue}, query=Selection),
    api(
        "PUT",
        rf"{ISSUE}/properties/[\w.-]+",
        {200: Body(JSON), 201: Body(JSON)},
        sends=dict[str, Any],
    ),
    api("POST", rf"{ISSUE}/remotelink", {200: LinkMade, 201: LinkMade}, sends=Link),
    api("GET", rf"{ROOT}/serverInfo", {200: Server}),
)
