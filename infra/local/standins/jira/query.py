"""As much JQL as the integration speaks: anything else is refused, as a typing error would be."""

import re
from dataclasses import dataclass, field

from infra.local.standins.jira.issues import Issue, Version, milliseconds
from infra.local.standins.jira.seeds import PROJECTS

_STRING = r'"((?:[^"\\]|\\.)*)"'
_PROJECTS = re.compile(rf"project in \(({_STRING}(?:, {_STRING})*)\)")
_UPDATED = re.compile(r"updated >= (\d{10,14})")
_LABEL = re.compile(f"labels = {_STRING}")
_ORDERS = {"updated ASC, key ASC": True, "key ASC": False}

Position = tuple[int | str, ...]
"""An issue's place in a query's order."""


class InvalidQueryError(Exception):
    """JQL that is refused."""


@dataclass
class Query:
    """A query that was understood."""

    projects: list[str] = field(default_factory=list)
    updated_from: int | None = None
    label: str | None = None
    by_update: bool = False

    def finds(self, issue: Issue, version: Version, precision: float) -> bool:
        """Tell whether the index, with its precision, has the issue under this query."""
        moment = milliseconds(version.updated, precision)
        return (
            (not self.projects or issue.project in self.projects)
            and (self.updated_from is None or moment >= self.updated_from)
            and (self.label is None or self.label in version.labels)
        )

    def position(self, issue: Issue, version: Version, precision: float) -> Position:
        """Return the issue's place among those that are found."""
        moment = milliseconds(version.updated, precision) if self.by_update else 0
        return moment, issue.project, issue.number


def parse(jql: str) -> Query:
    """Understand a query. Raises InvalidQueryError."""
    where, _, order = jql.partition(" ORDER BY ")
    query = Query(by_update=_order(order))
    for clause in filter(None, where.split(" AND ")):
        _read(clause, query)
    if not where:
        raise InvalidQueryError("Unbounded JQL queries are not allowed here. Add a restriction.")
    return query


def _order(text: str) -> bool:
    if text and text not in _ORDERS:
        raise InvalidQueryError(f"Error in the JQL Query: cannot order by '{text}'.")
    return _ORDERS.get(text, False)


def _read(clause: str, query: Query) -> None:
    if found := _PROJECTS.fullmatch(clause):
        query.projects = [_plain(one) for one in re.findall(_STRING, found[1])]
        for project in query.projects:
            if project not in PROJECTS:
                raise InvalidQueryError(
                    f"The value '{project}' does not exist for the field 'project'."
                )
    elif found := _UPDATED.fullmatch(clause):
        query.updated_from = int(found[1])
    elif found := _LABEL.fullmatch(clause):
        query.label = _plain(found[1])
    else:
        raise InvalidQueryError(f"Error in the JQL Query: '{clause}' is not understood.")


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
