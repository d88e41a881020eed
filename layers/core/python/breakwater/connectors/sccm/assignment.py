"""An assignment as it is posted, how its task knows it again, and how its devices stand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from breakwater.connectors.sccm.provider import Application, Entity, number

INSTALL, UNINSTALL = 1, 2
REQUIRED, AVAILABLE = 0, 2
_APPLY, _APPLICATION = 2, 2
"""AssignmentAction and AssignmentType of every application's assignment."""

Payload = Mapping[str, Any]
Sought = Mapping[str, Any]


def sought_by(mark: str, payload: Payload, application: Application) -> dict[str, str]:
    """Return what tells a task's assignment from all others.

    By the task's own mark: correlation ids are chosen by clients, who may give two tasks one, and a
    task's id comes again with its Idempotency-Key.
    """
    return {
        "assignment_name": f"Breakwater {mark}",
        "collection_id": payload["collection_id"],
        "model_id": str(application.model_id),
        "ci_id": str(application.ci_id),
    }


def posted(
    payload: Payload,
    application: Application,
    *,
    name: str,
    description: str,
    collection_name: str,
    now: datetime,
) -> dict[str, Any]:
    """Return an assignment as it is posted."""
    start = _time(payload.get("start_time")) or now
    required = payload["purpose"] == "required"
    body: dict[str, Any] = {
        "ApplicationName": application.name,
        "AssignmentName": name,
        "AssignmentDescription": description,
        "AssignedCIs": [application.ci_id],
        "AssignmentAction": _APPLY,
        "AssignmentType": _APPLICATION,
        "DesiredConfigType": UNINSTALL if payload["action"] == "uninstall" else INSTALL,
        "OfferTypeID": REQUIRED if required else AVAILABLE,
        "OfferFlags": 0,
        "TargetCollectionID": payload["collection_id"],
        "CollectionName": collection_name,
        "StartTime": _written(start),
        "UseGMTTimes": True,
        # Maintenance windows and restarts stay as the site's own policy has them.
        "OverrideServiceWindows": False,
        "SuppressReboot": 0,
        "NotifyUser": True,
        "UserUIExperience": True,
        "LogComplianceToWinEvent": False,
        "WoLEnabled": False,
        "DisableMomAlerts": False,
    }
    if required:
        # UNSURE how "none" is written: what is available has no deadline, so it names none.
        deadline = _time(payload.get("enforcement_deadline")) or start
        body["EnforcementDeadline"] = _written(max(deadline, start))
    return body


def fits(row: Entity, sought: Sought) -> bool:
    """Tell whether an assignment is for the application and the collection that are sought.

    UNSURE which of the application's ids a list shows (AssignedCIs may be left empty in lists, and
    AppModelID is the class's own name for ModelID): those that are there must agree.
    """
    models = {str(row[key]) for key in ("AppModelID", "ModelID") if row.get(key)}
    cis = {str(one) for one in row.get("AssignedCIs") or ()}
    return (
        row.get("TargetCollectionID") == sought["collection_id"]
        and models <= {sought["model_id"]}
        and (not cis or bool(models) or sought["ci_id"] in cis)
    )


def counts(summary: Entity) -> dict[str, int]:
    """Return the devices of a summary by where they stand."""
    return {
        "targeted": number(summary, "NumberTargeted"),
        "succeeded": number(summary, "NumberSuccess"),
        "failed": number(summary, "NumberErrors"),
        "in_progress": number(summary, "NumberInProgress"),
        "unknown": number(summary, "NumberUnknown"),
        "other": number(summary, "NumberOther"),
    }


def all_have_reported(devices: Mapping[str, int]) -> bool:
    """Tell whether no device is expected to change any more.

    A summary lags, and is empty at first: what adds up to less than its target is not the end.
    """
    reported = devices["succeeded"] + devices["failed"] + devices["other"]
    waiting = devices["in_progress"] + devices["unknown"]
    return waiting == 0 and reported >= devices["targeted"] > 0


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
