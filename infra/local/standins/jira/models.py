"""The bodies that Jira and the control routes accept, field by field."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints, TypeAdapter

from infra.local.standins.state import Timed
from infra.local.standins.validation import Strict

Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n]+$", max_length=255)]
Label = Annotated[str, StringConstraints(pattern=r"^\S+$", max_length=255)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class SearchBody(Strict):
    """A search. `startAt` belongs to the search that this one has replaced."""

    jql: str
    fields: tuple[str, ...] = ("id",)
    page_size: Annotated[int, Field(ge=1, le=5000)] = Field(default=50, alias="maxResults")
    token: Annotated[str, Field(min_length=1)] | None = Field(default=None, alias="nextPageToken")


class _Text(Strict):
    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]


class _Paragraph(Strict):
    type: Literal["paragraph"]
    content: tuple[_Text, ...]


class Document(Strict):
    """Atlassian's document format, as far as plain paragraphs go."""

    type: Literal["doc"]
    version: Literal[1]
    content: tuple[_Paragraph, ...]


class _Project(Strict):
    key: str


class _IssueType(Strict):
    name: str


class _Fields(Strict):
    project: _Project
    issuetype: _IssueType
    summary: Line
    description: Document | None = None
    labels: tuple[Label, ...] = ()


class _Property(Strict):
    key: Key
    value: JsonValue


class IssueBody(Strict):
    """An issue to be created."""

    fields: _Fields
    properties: tuple[_Property, ...] = ()


class _Status(Strict):
    resolved: bool


class _Object(Strict):
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    title: Line
    summary: str | None = None
    status: _Status | None = None


class LinkBody(Strict):
    """A remote link."""

    object: _Object
    global_id: Key | None = Field(default=None, alias="globalId")
    relationship: str | None = None


class IssueSpec(Strict):
    """An issue that has stood for a while; without `updated`, since now."""

    project: str = "OPS"
    summary: Line = "An issue"
    labels: tuple[Label, ...] = ()
    updated: AwareDatetime | None = None


class Seeds(Strict):
    """Issues to be put there at once."""

    issues: tuple[IssueSpec, ...]


class Touch(Strict):
    """What somebody does to an issue, now: another summary, other labels, or nothing but a save."""

    id: str
    summary: Line | None = None
    labels: tuple[Label, ...] | None = None
    deleted: bool = False


class Settings(Timed):
    """What the control routes can change for the whole vendor.

    The index is `index_lag_seconds` behind and keeps `index_precision_seconds` of a moment; what it
    finds is `shown` as it was indexed or as it is (UNSURE which Jira does). `tokens` may lead on as
    they should, to their own page again, or round in a circle. `strangers`, whose login fails, are
    refused or, as Jira may do it, taken for anonymous users. The numbers of the limits are
    Atlassian's; the size of a quota depends on the customer.
    """

    index_lag_seconds: Seconds = 0
    index_precision_seconds: Annotated[float, Field(gt=0, le=60)] = 0.001
    shown: Literal["indexed", "current"] = "indexed"
    largest_page: Count = 100
    tokens: Literal["good", "repeated", "circle"] = "good"
    token_lifetime_seconds: Seconds = 7 * 86_400
    is_last: Literal["sent", "omitted"] = "sent"
    strangers: Literal["refused", "anonymous"] = "refused"
    requests_per_hour: Annotated[int, Field(ge=0)] | None = None
    quota_retry_after: Literal["true", "short", "omitted"] = "true"
    burst_per_second: Count = 100
    writes_per_issue: Count = 20
    write_window_seconds: Annotated[float, Field(gt=0)] = 2


SEARCH_BODY: TypeAdapter[SearchBody] = TypeAdapter(SearchBody)
ISSUE_BODY: TypeAdapter[IssueBody] = TypeAdapter(IssueBody)
LINK_BODY: TypeAdapter[LinkBody] = TypeAdapter(LinkBody)
PROPERTY_BODY: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
SEEDS: TypeAdapter[Seeds] = TypeAdapter(Seeds)
TOUCH: TypeAdapter[Touch] = TypeAdapter(Touch)
