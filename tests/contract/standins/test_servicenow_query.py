"""Encoded queries, as the vendor reads them."""

import pytest

from infra.local.standins.servicenow.query import parse_query

ROWS = [
    {"sys_id": "a", "priority": "1", "state": "6"},
    {"sys_id": "b", "priority": "2", "state": "6"},
    {"sys_id": "C", "priority": "1", "state": "3"},
    {"sys_id": "d", "priority": "3", "state": "3"},
]
COLUMNS = ("sys_id", "priority", "state")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abCd"),
        ("priority=1", "aC"),
        ("priority!=1", "bd"),
        ("priority>1^priority<3", "b"),
        ("priority>=2^priority<=3", "bd"),
        # OR joins the one condition before it, whichever side the other stands on.
        ("state=6^priority=1^ORpriority=2", "ab"),
        ("priority=1^ORpriority=2^state=6", "ab"),
        ("priority=1^ORpriority=2^ORpriority=3", "abCd"),
        ("state=3^priority=1^NQpriority=2", "bC"),
        ("priority=1^ORDERBYDESCsys_id", "Ca"),
        ("ORDERBYpriority^ORDERBYDESCsys_id", "Cabd"),
        ("sys_id>b", "Cd"),
        ("sys_id=A", "a"),
        # What is not understood is ignored, silently.
        ("nonsense=1", "abCd"),
        ("nonsense=1^priority=2", "b"),
        ("priority~1", "abCd"),
        ("priority=2^ORnonsense=1", "b"),
        ("priority=2^ORDERBYnonsense", "b"),
    ],
)
def test__query__finds(query: str, found: str) -> None:
    assert "".join(row["sys_id"] for row in parse_query(query, COLUMNS).run(ROWS)) == found
