"""What a change looks like in Jira: an issue, its label, and what is added when it has ended."""

from collections.abc import Mapping
from typing import Any

from breakwater.domain.changes import Change

TASK_PROPERTY = "breakwater.task"
RESULT_PROPERTY = "breakwater.result"

LONGEST_SUMMARY = 255
LONGEST_DESCRIPTION = 20_000
"""Jira takes 32,767 characters, markup included (support.atlassian.com, "Character limits")."""
LONGEST_NOTE = 2_000


def marker(change: Change) -> str:
    """Return the label that an issue is found by, and the id of its link: one for each task."""
    return f"breakwater-{change.mark}"


def issue(change: Change, *, project: str, issue_type: str) -> dict[str, Any]:
    """Return the issue of a change, as it is to be created."""
    return {
        "fields": {
            "project": {"key": project},
            "issuetype": {"name": issue_type},
            # A summary is one line: Jira refuses another.
            "summary": " ".join(change.summary.split())[:LONGEST_SUMMARY],
            "description": document(change.description[:LONGEST_DESCRIPTION]),
            "labels": [marker(change)],
        },
        "properties": [{"key": TASK_PROPERTY, "value": {"task_id": change.task_id}}],
    }


def result(change: Change, *, note: str, succeeded: bool) -> dict[str, Any]:
    """Return how a change has ended, for programs."""
    return {"task_id": change.task_id, "succeeded": succeeded, "note": note[:LONGEST_NOTE]}


def link(change: Change, *, url: str, note: str, succeeded: bool) -> dict[str, Any]:
    """Return how a change has ended, for people: a link to the task, and what came of it."""
    return {
        "globalId": marker(change),
        "relationship": "documents",
        "object": {
            "url": url,
            "title": f"Deployment {'succeeded' if succeeded else 'failed'}",
            "summary": note[:LONGEST_NOTE],
            "status": {"resolved": succeeded},
        },
    }


def document(text: str) -> dict[str, Any]:
    """Return plain text in Atlassian's document format, a paragraph for each line."""
    lines = [line.strip() for line in text.splitlines()]
    return {"type": "doc", "version": 1, "content": [_paragraph(line) for line in lines if line]}


def _paragraph(line: str) -> Mapping[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": line}]}
