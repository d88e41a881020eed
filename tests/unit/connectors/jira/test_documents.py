"""A change's issue, as Jira takes it."""

from dataclasses import replace
from typing import Any

import pytest

from breakwater.connectors.jira import documents
from breakwater.domain.changes import Change

CHANGE = Change(
    system="jira", summary="Install", task_id="task-1", mark="task-1-a", description="Why"
)


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one", ["one"]),
        ("one\ntwo\r\n\n  three  ", ["one", "two", "three"]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test__document__a_paragraph_for_each_line_and_no_empty_text(
    text: str, lines: list[str]
) -> None:
    document = documents.document(text)
    assert document == {"type": "doc", "version": 1, "content": [*map(paragraph, lines)]}


def test__issue__labelled_with_the_mark_and_says_whose_it_is() -> None:
    issue = documents.issue(CHANGE, project="OPS", issue_type="Task")
    assert issue == {
        "fields": {
            "project": {"key": "OPS"},
            "issuetype": {"name": "Task"},
            "summary": "Install",
            "description": documents.document("Why"),
            "labels": ["breakwater-task-1-a"],
        },
        "properties": [{"key": "breakwater.task", "value": {"task_id": "task-1"}}],
    }


def test__issue__texts_within_jira_s_limits() -> None:
    long = replace(CHANGE, summary="word\r\n" * 200, description="x\n" * 50_000)
    fields = documents.issue(long, project="OPS", issue_type="Task")["fields"]
    assert len(fields["summary"]) <= 255
    assert "\n" not in fields["summary"]
    assert len(str(fields["description"]["content"])) < 10_000_000
    text = "".join(one["content"][0]["text"] for one in fields["description"]["content"])
    assert len(text) <= 20_000


def test__link__the_same_id_whatever_it_says() -> None:
    said = [
        documents.link(CHANGE, url="https://x.example", note=note, succeeded=succeeded)
        for note, succeeded in (("a", True), ("b", False))
    ]
    assert {one["globalId"] for one in said} == {"breakwater-task-1-a"}
    assert [one["object"]["status"]["resolved"] for one in said] == [True, False]
