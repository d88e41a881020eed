"""The change record that a deployment asks for, and how it is shown."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from breakwater.api.bodies import pointer
from breakwater.api.problems import Fault
from breakwater.domain.changes import NEEDS_PROJECT, ChangeRecord

MAX_SUMMARY_CHARS = 160
"""The shorter of what ServiceNow (160) and Jira (255) take."""
PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,254}")
"""The widest form of a project's key that Jira supports.
Source: confluence.atlassian.com/adminjiraserver0917/changing-the-project-key-format-1431246065.html
"""

AT = "/change"
FIELDS = frozenset({"system", "summary", "project"})


def read_change(
    body: Mapping[str, Any], systems: Collection[str], faults: list[Fault]
) -> Mapping[str, Any] | None:
    """Return the body's `change`, if it has one; `faults` gets all that is wrong with it."""
    if "change" not in body:
        return None
    change = body["change"]
    if not isinstance(change, dict):
        faults.append(Fault(AT, "expected an object"))
        return None
    unknown = sorted(set(change) - FIELDS)
    faults += [Fault(AT + pointer([name]), "unknown field") for name in unknown]
    system = _system(change, systems, faults)
    summary = _summary(change, faults)
    project = _project(change, system, faults)
    return {
        "system": system,
        "summary": summary,
        **({"project": project} if project is not None else {}),
    }


def view(record: ChangeRecord) -> dict[str, Any]:
    """Return how a change record stands."""
    handle = record.handle or {}
    shown = {name: handle[name] for name in ("key", "url") if name in handle}
    error = {"error": dict(record.error)} if record.error is not None else {}
    return {"system": record.system, "state": record.state.value, **shown, **error}


def _system(change: Mapping[str, Any], systems: Collection[str], faults: list[Fault]) -> str | None:
    system = change.get("system")
    if isinstance(system, str) and system in systems:
        return system
    what = "required" if "system" not in change else "unknown"
    known = ", ".join(sorted(systems)) or "none is configured"
    faults.append(Fault(f"{AT}/system", f"{what}; known: {known}"))
    return None


def _summary(change: Mapping[str, Any], faults: list[Fault]) -> str:
    given = change.get("summary")
    summary = given.strip() if isinstance(given, str) else ""
    if not 0 < len(summary) <= MAX_SUMMARY_CHARS or not summary.isprintable():
        what = "required: " if "summary" not in change else "expected "
        faults.append(
            Fault(f"{AT}/summary", f"{what}1 to {MAX_SUMMARY_CHARS} printable characters")
        )
    return summary


def _project(change: Mapping[str, Any], system: str | None, faults: list[Fault]) -> str | None:
    if "project" not in change:
        if system in NEEDS_PROJECT:
            faults.append(Fault(f"{AT}/project", f"required with {system}"))
        return None
    project = change["project"]
    if system is not None and system not in NEEDS_PROJECT:
        faults.append(Fault(f"{AT}/project", f"not with {system}, which has none"))
    elif not isinstance(project, str) or not PROJECT.fullmatch(project):
        faults.append(Fault(f"{AT}/project", "expected a project's key, such as OPS"))
    else:
        return project
    return None
