"""What became of a deployment, device by device, in a form that is small enough to be kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from breakwater.connectors.jamf import SERVICE
from breakwater.connectors.jamf.api import Entry, is_key
from breakwater.domain.errors import PartialFailureError, TransientError
from breakwater.domain.progress import Done

MOST_COMMANDS = 200
MOST_ERRORS = 100
MOST_CHARS = 200
"""How many commands and errors a report lists, and how much each error says."""

FAILED = frozenset({"ERROR", "COMMAND_FORMAT_ERROR"})
"""The states of a command that a device has refused."""

Report = dict[str, Any]
Payload = Mapping[str, Any]


def accepted(payload: Payload, answer: Entry | None) -> Report:
    """Report on the answer to deploy-package; None is a 202, which tells nothing more.

    Raises TransientError: what is no answer of Jamf's may still have been one.
    """
    if answer is None:
        return _report(payload, None, [], [])
    queued = [_queued(entry) for entry in _entries(answer, "queuedCommands")]
    errors = [_error(entry) for entry in _entries(answer, "errors")]
    told = {entry.get("device") for entry in (*queued, *errors)}
    errors += [
        {"device": device, "reason": "neither queued nor refused"}
        for device in payload.get("device_ids") or ()
        if device not in told
    ]
    return _report(payload, len(queued), queued, errors)


def recognised(payload: Payload, commands: Sequence[Mapping[str, Any]]) -> Report:
    """Report on commands that were found when the answer was lost."""
    return _report(payload, len(commands), commands, []) | {"found_by_lookup": True}


def conclude(report: Report) -> Done:
    """Return the end of a deployment: its commands are queued.

    Raises PartialFailureError unless each of them is, even if none is: it is the one that brings
    the report along.
    """
    queued, refused = report["queued"], report["refused"]
    failed = sum(one.get("state") in FAILED for one in report["commands"])
    if queued == 0:
        raise _failure("queued the package for no device", report)
    if refused:
        raise _failure(f"queued the package for {queued} devices, not for {refused}", report)
    if failed:
        raise _failure(f"queued {queued} commands, {failed} of which have failed", report)
    return Done(report)


def with_states(report: Report, states: Mapping[str, str]) -> Report:
    """Return the report with the state of each of its commands; None where it is not known."""
    commands = [{**one, "state": states.get(one["command_uuid"])} for one in report["commands"]]
    return {**report, "commands": commands}


def _report(
    payload: Payload,
    queued: int | None,
    commands: Sequence[Mapping[str, Any]],
    errors: Sequence[Mapping[str, Any]],
) -> Report:
    listed, named = list(commands[:MOST_COMMANDS]), list(errors[:MOST_ERRORS])
    return {
        "bundle_id": payload["package"]["bundle_id"],
        "bundle_version": payload["package"]["bundle_version"],
        "group_id": payload.get("group_id"),
        "queued": queued,
        "commands": listed,
        "commands_not_listed": len(commands) - len(listed),
        "refused": len(errors),
        "errors": named,
        "errors_not_listed": len(errors) - len(named),
        "found_by_lookup": False,
    }


def _failure(what: str, report: Report) -> PartialFailureError:
    return PartialFailureError(f"{SERVICE} {what}", service=SERVICE, result=report)


def _entries(answer: Entry, name: str) -> list[Entry]:
    found = answer.get(name)
    if not (isinstance(found, list) and all(isinstance(entry, Mapping) for entry in found)):
        raise TransientError(f"{SERVICE} answered without {name}", service=SERVICE)
    return found


def _queued(entry: Entry) -> dict[str, Any]:
    if not is_key(entry.get("commandUuid")):
        raise TransientError(f"{SERVICE} queued a command without its uuid", service=SERVICE)
    return {"device": _id(entry.get("device")), "command_uuid": entry["commandUuid"]}


def _error(entry: Entry) -> dict[str, Any]:
    whose = {name: _id(entry[name]) for name in ("device", "group") if entry.get(name) is not None}
    # JSON can spell half of a surrogate pair, which no store can encode.
    reason = str(entry.get("reason"))[:MOST_CHARS].encode(errors="replace").decode()
    return {**whose, "reason": reason}


def _id(value: object) -> int | None:
    """Return an id as the number that it is; UNSURE whether it may come as text."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None
