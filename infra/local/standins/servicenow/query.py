"""Encoded queries: `a=1^b>2^ORb=0^NQc=3^ORDERBYa`.

`^OR` joins the condition before it, `^` adds one that must hold too, `^NQ` starts another query of
which a row may fit either. What cannot be understood is ignored, silently, as the vendor does.
Source: servicenow.github.io/sdk/guides/encoded-query-guide.
"""

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

Row = Mapping[str, str]
_CONDITION = re.compile(r"([a-z_]+)(>=|<=|!=|=|>|<)(.*)")
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True)
class Condition:
    """A comparison of one column; letters in either case are the same."""

    column: str
    sign: str
    value: str

    def holds(self, row: Row) -> bool:
        """Tell whether it is true of a row."""
        compare = _OPERATORS[self.sign]
        return compare(row.get(self.column, "").lower(), self.value.lower())


@dataclass
class Query:
    """Alternatives of conjunctions of disjunctions, and the order of what they find."""

    alternatives: list[list[list[Condition]]] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Columns, each with whether it is descending."""

    def run(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that fit, in order."""
        found = [row for row in rows if any(_fits(row, one) for one in self.alternatives)]
        for column, descending in reversed(self.order):
            found.sort(key=lambda row: row.get(column, "").lower(), reverse=descending)
        return found


def parse_query(text: str, columns: Collection[str]) -> Query:
    """Read an encoded query, as far as it can be understood."""
    query = Query()
    for alternative in text.split("^NQ"):
        groups: list[list[Condition]] = []
        for term in alternative.split("^"):
            if term.startswith("ORDERBY"):
                _order(query, term.removeprefix("ORDERBY"), columns)
            else:
                _add(groups, term, columns)
        query.alternatives.append([group for group in groups if group])
    return query


def _fits(row: Row, groups: list[list[Condition]]) -> bool:
    return all(any(condition.holds(row) for condition in group) for group in groups)


def _order(query: Query, text: str, columns: Collection[str]) -> None:
    column = text.removeprefix("DESC")
    if column in columns:
        query.order.append((column, text.startswith("DESC")))


def _add(groups: list[list[Condition]], term: str, columns: Collection[str]) -> None:
    joined = term.startswith("OR")
    found = _CONDITION.fullmatch(term.removeprefix("OR"))
    if not (joined and groups):
        groups.append([])
    if found is not None and found[1] in columns:
        groups[-1].append(Condition(found[1], found[2], found[3]))
