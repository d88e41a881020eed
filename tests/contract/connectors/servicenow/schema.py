"""ServiceNow's Table API and its token endpoint, as far as integrations use them.

Source: servicenow.com/docs, "Table API" and "OAuth 2.0" (REST API reference); the login is
RFC 6749, section 4.4. Of Basic there is nothing to hold but its header.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.contract.connectors.exchanges import JSON, Api, Body, Closed, Open
from tests.contract.connectors.oauth import token_call

CHANGES = "/api/now/table/change_request"
DATE = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
ID = r"[0-9A-Za-z]{32}"
RANGE = rf"sys_updated_on>={DATE}\^sys_updated_on<{DATE}"
BEHIND = rf"(\^sys_updated_on>{DATE}\^ORsys_id>{ID})?"
ORDER = r"\^ORDERBY(DESC)?sys_updated_on\^ORDERBY(DESC)?sys_id"

Id = Annotated[str, Field(pattern=f"^{ID}$")]
Number = Annotated[str, Field(pattern=r"^\d+$")]


class ErrorDetail(Closed):
    message: str
    detail: str | None


class Error(Closed):
    error: ErrorDetail
    status: Literal["failure"]


class Listed(Closed):
    query: Annotated[
        str,
        Field(alias="sysparm_query", pattern=rf"^({RANGE}{BEHIND}{ORDER}|correlation_id=[\w-]+)$"),
    ]
    fields: Annotated[str, Field(alias="sysparm_fields", pattern="^[a-z_,]+$")]
    limit: Number = Field(alias="sysparm_limit")
    offset: Number = Field(alias="sysparm_offset", default="0")
    exclude_reference_link: Literal["true"] = Field(alias="sysparm_exclude_reference_link")


class Rows(Closed):
    result: list[dict[str, str]]


class Probe(Closed):
    limit: Literal["1"] = Field(alias="sysparm_limit")
    fields: Literal["sys_id"] = Field(alias="sysparm_fields")


class Created(Closed):
    short_description: str
    description: str
    correlation_id: Annotated[str, Field(max_length=100)]
    correlation_display: str


class Noted(Closed):
    work_notes: str


class Change(Open):
    sys_id: Id
    number: str
    correlation_id: str


class One(Closed):
    result: Change


REFUSED: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 415, 429), Body(JSON, Error))
api = Api({"authorization": r"Bearer \S+|Basic \S+", "accept": "application/json"}, REFUSED)
CALLS = (
    token_call(r"/oauth_token\.do", 400, 401),
    api("GET", CHANGES, {200: Rows}, query=Listed),
    api("POST", CHANGES, {201: One}, sends=Created),
    api("PATCH", f"{CHANGES}/{ID}", {200: One}, sends=Noted),
    api("GET", "/api/now/table/sys_user", {200: Rows}, query=Probe),
)
