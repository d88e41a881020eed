"""Where the stand-ins count what a task has brought about, and what they have counted there."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.chaos.wishes import Mark, Wish

SAID = "said"
"""Where the messages of conversations are counted: once for a question, however often its task was
tried again as a new one."""


def marks_of(wish: Wish, task: str) -> Iterable[Mark]:
    """Return where is counted what a task may do once, its change record included."""
    yield from wish.marks
    if wish.kind == "chat":
        yield from ((SAID, wish.path, role) for role in ("user", "assistant"))
    match wish.documented_in:
        case "servicenow":
            yield ("servicenow", "opened", f"{task}*")
        case "jira":
            yield ("jira", "issue", "created", f"breakwater-{task}*")


def certain_marks_of(wish: Wish, task: str) -> Iterable[Mark]:
    """Return the marks that must be there once the task has succeeded: not its change record."""
    return (mark for mark in marks_of(wish, task) if mark[0] != wish.documented_in)


def _counts(tree: Any, mark: Mark) -> Iterable[int]:
    """Yield what stands at a mark, and at each place that it may mean.

    An asterisk is any place; behind a beginning it is all places that begin so, taken together.
    """
    if not mark:
        yield tree if isinstance(tree, int) else 0
    elif isinstance(tree, Mapping):
        step, rest = mark[0], mark[1:]
        if step != "*" and step.endswith("*"):
            begun = (each for name, each in tree.items() if name.startswith(step[:-1]))
            yield sum(count for each in begun for count in _counts(each, rest))
            return
        for each in tree.values() if step == "*" else [tree.get(step, 0)]:
            yield from _counts(each, rest)


def most(tree: Mapping[str, Any], mark: Mark) -> int:
    """Return the highest count of all the places that a mark may mean."""
    return max(_counts(tree, mark), default=0)


def total(tree: Any, path: Mark) -> int:
    """Return the sum of all that is counted below a path."""
    for step in path:
        tree = tree.get(step, {})
    if isinstance(tree, int):
        return tree
    return sum(total(each, ()) for each in tree.values())
