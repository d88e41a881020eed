"""Draws a workflow: a Mermaid state diagram of a `flow.asl.json`; `make docs` puts it into docs/.

Every state and every way between two is there. What would hide them is folded: a step's retries
into a line below its name, and what catches its errors into one arrow, or into none of its own
where it leads where the step goes anyhow.
"""

from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]


def picture(flow: Mapping[str, Any]) -> str:
    """Return a workflow as a fenced Mermaid diagram."""
    states: Mapping[str, State] = flow["States"]
    lines = [
        "stateDiagram-v2",
        *(f"    {line}" for name, state in states.items() for line in _box(name, state)),
        f"    [*] --> {_id(flow['StartAt'])}",
        *(f"    {arrow}" for name, state in states.items() for arrow in _arrows(name, state)),
    ]
    return "\n".join(["```mermaid", *lines, "```"])


def _box(name: str, state: State) -> Iterator[str]:
    if state["Type"] == "Choice":
        yield f"state {_id(name)} <<choice>>"
        return
    yield f'state "{name}" as {_id(name)}'
    if state["Type"] == "Wait":
        yield f"{_id(name)}: until {_field(state['TimestampPath'])}"
    elif retries := state.get("Retry"):
        # The first is what steps raise themselves; what kills a Lambda is retried everywhere.
        first = retries[0]
        yield f"{_id(name)}: {first['MaxAttempts']} retries, from {first['IntervalSeconds']} s"


def _arrows(name: str, state: State) -> Iterator[str]:
    if state["Type"] in ("Succeed", "Fail"):
        yield f"{_id(name)} --> [*]"
        return
    for target, why in _ways(state):
        yield f"{_id(name)} --> {_id(target)}" + (f": {why}" if why else "")


def _ways(state: State) -> Iterator[tuple[str, str]]:
    """Yield where a state leads, and when."""
    for choice in state.get("Choices", []):
        yield choice["Next"], _condition(choice)
    if "Default" in state:
        yield state["Default"], "otherwise"
    caught = {catch["Next"]: _errors(catch["ErrorEquals"]) for catch in state.get("Catch", [])}
    if "Next" in state:
        yield state["Next"], "also where it fails" if caught.pop(state["Next"], "") else ""
    yield from caught.items()


def _condition(choice: Mapping[str, Any]) -> str:
    """Return a rule in words. Raises KeyError for one that no workflow has had so far."""
    if "And" in choice:
        tests = [_condition(one) for one in choice["And"] if "IsPresent" not in one]
        return " and ".join(tests)
    field = _field(choice["Variable"])
    if choice.get("IsPresent"):
        return f"{field} is there"
    return f"{field} = {choice['StringEquals']}"


def _errors(names: list[str]) -> str:
    return "could not finish" if names == ["States.ALL"] else ", ".join(names)


def _field(path: str) -> str:
    return path.removeprefix("$.")


def _id(name: str) -> str:
    # Never the name itself: Mermaid shows a state's second line in place of a first that is its id.
    return name.lower().replace(" ", "_")
