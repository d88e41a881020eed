"""The pictures of workflows in docs/ are of the workflows that there are, whole and readable."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import docs
from infra.blocks import between_marks
from infra.pictures import picture

FLOWS = sorted(docs.ROOT.glob("functions/*/flow.asl.json"))
PAGES = [docs.ROOT / "README.md", docs.ROOT / "SECURITY.md", *docs.DOCS.rglob("*.md")]


def slug(name: str) -> str:
    return name.lower().replace(" ", "_")


def targets(state: Any) -> Iterator[str]:
    """Yield whatever a state names as next, wherever in it that stands."""
    for key, value in state.items() if isinstance(state, dict) else enumerate(state):
        if key in ("Next", "Default"):
            yield slug(value)
        elif isinstance(value, dict | list):
            yield from targets(value)


def test__architecture__shows_each_workflow_as_it_is() -> None:
    committed = docs.ARCHITECTURE.read_text()
    assert docs.written(committed) == committed, "run make docs"
    drawn = re.findall(r"<!-- (\w+), written by make docs -->\n```mermaid\n", committed)
    assert sorted(drawn) == [flow.parent.name for flow in FLOWS]


def test__redrawing__mends_a_picture_and_leaves_all_else() -> None:
    def page(drawn: str) -> str:
        return f"before\n{between_marks('risk', 'docs', drawn)}\nafter\n"

    assert docs.written(page("an old picture")) == page(picture(docs.flow("risk")))


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.parent.name)
def test__picture__has_every_state_and_every_way(path: Path) -> None:
    flow = json.loads(path.read_text())
    drawn = picture(flow)
    arrows = set(re.findall(r"^    (\S+) --> (\S+?)(?::.*)?$", drawn, re.MULTILINE))

    ends = {
        slug(name) for name, one in flow["States"].items() if one["Type"] in ("Succeed", "Fail")
    }
    ways = {(slug(name), to) for name, one in flow["States"].items() for to in targets(one)}
    assert arrows == ways | {(end, "[*]") for end in ends} | {("[*]", slug(flow["StartAt"]))}
    boxes = set(re.findall(r'^    state (?:".*" as )?(\w+)(?: <<choice>>)?$', drawn, re.MULTILINE))
    assert boxes == {slug(name) for name in flow["States"]}


def test__picture__folds_and_words_what_a_workflow_may_say() -> None:
    flow = {
        "StartAt": "Ask it",
        "States": {
            "Ask it": {
                "Type": "Task",
                "Retry": [{"MaxAttempts": 3, "IntervalSeconds": 60}],
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Done"},
                    {"ErrorEquals": ["Refused", "Gone"], "Next": "No"},
                ],
                "Next": "Done",
            },
            "Done": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": "$.a.b", "IsPresent": True},
                            {"Variable": "$.a.b", "StringEquals": "c"},
                            {"Variable": "$.d", "StringEquals": "e"},
                        ],
                        "Next": "Rest",
                    },
                    {"Variable": "$.f", "IsPresent": True, "Next": "Yes"},
                ],
                "Default": "No",
            },
            "Rest": {"Type": "Wait", "TimestampPath": "$.a.at", "Next": "Ask it"},
            "Yes": {"Type": "Succeed"},
            "No": {"Type": "Fail"},
        },
    }
    assert [line.strip() for line in picture(flow).splitlines()] == [
        "```mermaid",
        "stateDiagram-v2",
        'state "Ask it" as ask_it',
        "ask_it: 3 retries, from 60 s",
        "state done <<choice>>",
        'state "Rest" as rest',
        "rest: until a.at",
        'state "Yes" as yes',
        'state "No" as no',
        "[*] --> ask_it",
        "ask_it --> done: also where it fails",
        "ask_it --> no: Refused, Gone",
        "done --> rest: a.b = c and d = e",
        "done --> yes: f is there",
        "done --> no: otherwise",
        "rest --> ask_it",
        "yes --> [*]",
        "no --> [*]",
        "```",
    ]


def test__sequence_diagrams__have_no_semicolon() -> None:
    # To Mermaid it ends a statement: what follows would keep the whole picture from being drawn.
    drawn = re.compile(r"```mermaid\nsequenceDiagram\n(.*?)```", re.DOTALL)
    diagrams = [diagram for page in PAGES for diagram in drawn.findall(page.read_text())]
    assert diagrams
    assert [diagram for diagram in diagrams if ";" in diagram] == []
