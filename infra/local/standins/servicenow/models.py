"""The bodies that the Table API and the control routes accept, field by field."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from infra.local.standins.validation import Strict

COLUMNS = (
    "sys_id",
    "number",
    "short_description",
    "description",
    "type",
    "state",
    "approval",
    "priority",
    "risk",
    "impact",
    "assignment_group",
    "assigned_to",
    "cmdb_ci",
    "start_date",
    "end_date",
    "work_start",
    "work_end",
    "close_code",
    "correlation_id",
    "correlation_display",
    "work_notes",
    "sys_created_on",
    "sys_updated_on",
)
REFERENCES = {"assignment_group": "sys_user_group", "assigned_to": "sys_user", "cmdb_ci": "cmdb_ci"}
"""The columns that name a row of another table, and which."""

SysId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{32}$")]
Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$")]
Text = Annotated[str, StringConstraints(max_length=4000)]


class Written(Strict):
    """What a client may write to a change request; the vendor ignores fields that it does not know.

    UNSURE: texts that are too long are cut by the vendor; here they are refused.
    """

    short_description: Annotated[str, StringConstraints(max_length=160)] | None = None
    description: Text | None = None
    correlation_id: Annotated[str, StringConstraints(max_length=100)] | None = None
    correlation_display: Annotated[str, StringConstraints(max_length=100)] | None = None
    state: str | None = None
    work_notes: Text | None = None


class Scripted(Strict):
    """A row as the control routes put it there.

    `hidden` keeps it from the client, as an ACL does, and `masked` some of its fields, which are
    shown empty. `appears_in_seconds` is when it can be read at all: its transaction is still open.
    """

    sys_id: SysId
    fields: dict[str, str]
    hidden: bool = False
    masked: list[str] = Field(default_factory=list)
    appears_in_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0


class Rows(Strict):
    """Rows to be put there, or changed."""

    rows: list[Scripted]


class Touch(Strict):
    """A row that is to be updated in the middle of the next list: chosen before, and read after."""

    sys_id: SysId


class Now(Strict):
    """What time it is to be at the vendor, in UTC; it goes on from there."""

    now: Moment


class Settings(Strict):
    """What the control routes can change for the whole vendor.

    `commit_lag_seconds` is how long a row that was created takes to be readable.
    `limit_headers` says which headers tell a client when its limit counts from zero.
    """

    token_lifetime_seconds: Annotated[int, Field(ge=1)] = 1799
    requests_per_hour: Annotated[int, Field(ge=1)] = 5000
    limit_headers: Literal["both", "reset", "retry_after"] = "both"
    commit_lag_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0


NOW: TypeAdapter[Now] = TypeAdapter(Now)
ROWS: TypeAdapter[Rows] = TypeAdapter(Rows)
TOUCH: TypeAdapter[Touch] = TypeAdapter(Touch)
WRITTEN: TypeAdapter[Written] = TypeAdapter(Written)
