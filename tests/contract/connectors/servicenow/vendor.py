"""ServiceNow's stand-in, in the words of its own control routes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.contract.connectors.vendor import Vendor

FORM = "%Y-%m-%d %H:%M:%S"


def sys_id(number: int) -> str:
    """Return the id of a row that a test has made; ids sort as their numbers."""
    return f"{number:032x}"


def a_row(number: int, at: str, **script: Any) -> dict[str, Any]:
    """Return the script of a row that was updated `at`."""
    fields = {"number": f"CHG{number:07}", "short_description": "Scripted", "sys_updated_on": at}
    return {"sys_id": sys_id(number), "fields": fields, **script}


class ServiceNow(Vendor):
    """The stand-in's rows, limits, time and counts."""

    name = "servicenow"

    def rows(self, *rows: dict[str, Any]) -> None:
        """Put rows there, or change them."""
        self.tell("/records", {"rows": rows})

    def limits(self, **limits: Any) -> None:
        self.tell("/settings", limits)

    def set_time(self, now: datetime) -> None:
        self.tell("/time", {"now": now.strftime(FORM)})

    def expire_tokens(self) -> None:
        self.tell("/expire-tokens")

    def touch(self, row_id: str) -> None:
        """Have a row updated in the middle of the next list."""
        self.tell("/touch", {"sys_id": row_id})

    def all_rows(self) -> list[dict[str, Any]]:
        """Return every row as it is."""
        found: list[dict[str, Any]] = self.look("/records")["rows"]
        return found

    def carrying(self, correlation_id: str) -> Sequence[dict[str, Any]]:
        """Return the rows that carry a correlation id."""
        return [
            row for row in self.all_rows() if row["fields"].get("correlation_id") == correlation_id
        ]

    def lists(self) -> int:
        """Return how often change requests were listed."""
        return len(self.requests("GET", "change_request"))
