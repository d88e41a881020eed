"""Between tasks, circuits' changes and their items."""

import json
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from breakwater.adapters.dynamodb import documents
from breakwater.adapters.dynamodb.keys import LIST_PARTS, month_part, shard, unfinished_key
from breakwater.adapters.dynamodb.models import EventItem, ExecutionItem, RecordItem
from breakwater.domain.cancellations import Cancellation
from breakwater.domain.changes import ChangeRecord
from breakwater.domain.events import Event
from breakwater.domain.records import Record
from breakwater.domain.requests import canonical
from breakwater.domain.resolutions import Resolution
from breakwater.domain.risk_facts import JUDGED
from breakwater.domain.risk_levels import AcceptedRisk
from breakwater.domain.status import Status
from breakwater.domain.tasks import Kind, Problem, Task
from breakwater.ports import Entry, Origin
from breakwater.resilience.intent import Change
from breakwater.resilience.intents import STATE_CHANGED

SYSTEM = "breakwater"
"""Who owns an event that no person caused."""


def stamp(moment: datetime) -> str:
    """Return the text that sorts as moments do."""
    # Not strftime, which does not pad a year everywhere.
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def moment(text: str) -> datetime:
    """Read what `stamp` wrote."""
    return datetime.fromisoformat(text)


def ended_key(ended: Task) -> str | None:
    """Return the place of a task's end among those of its package, if it says anything of that."""
    if not ended.package or ended.status not in JUDGED:
        return None
    return f"{stamp(ended.updated_at)}#{ended.status.value}"


def to_values(task: Task) -> dict[str, Any]:
    """Return the attributes of a task's item, input aside."""
    return {
        "task_id": task.task_id,
        "kind": task.kind.value,
        "service": task.service,
        "owner": task.owner,
        "correlation_id": task.correlation_id,
        "fingerprint": task.fingerprint,
        "execution_name": task.execution_name,
        "request_token": task.request_token,
        "created_at": stamp(task.created_at),
        "position": f"{stamp(task.created_at)}#{task.task_id}",
        "month_part": month_part(
            stamp(task.created_at)[:7], uuid.UUID(task.task_id).int % LIST_PARTS
        ),
        "updated_at": stamp(task.updated_at),
        "deadline": stamp(task.deadline),
        "unfinished": unfinished_key(task.owner, task.service),
        "due_shard": shard(task.task_id) if task.due_at else None,
        "due_at": int(task.due_at.timestamp()) if task.due_at else None,
        "status": task.status.value,
        "revision": task.revision,
        "claimed_by": task.claimed_by,
        "retries": task.retries,
        "sequence": task.sequence,
        "subject": task.subject,
        "change": documents.to_json(task.change),
        "package": task.package,
        "risk": documents.to_json(task.risk),
        "retry_of": task.retry_of,
    }


def to_task(item: ExecutionItem) -> Task:
    """Return the task that an item stands for."""
    return Task(
        task_id=item.task_id,
        kind=Kind(item.kind),
        service=item.service,
        owner=item.owner,
        correlation_id=item.correlation_id,
        fingerprint=item.fingerprint,
        execution_name=item.execution_name,
        request_token=item.request_token,
        input=item.input or b"",
        created_at=moment(item.created_at),
        updated_at=moment(item.updated_at),
        deadline=moment(item.deadline),
        due_at=_from_unix(item.due_at),
        status=Status(item.status),
        revision=int(item.revision),
        claimed_by=item.claimed_by,
        retries=int(item.retries),
        intent=item.intent,
        handle=item.handle,
        result=item.result,
        problem=documents.read(Problem, item.problem),
        retry_at=moment(item.retry_at) if item.retry_at else None,
        sequence=int(item.sequence),
        subject=item.subject,
        change=documents.read(ChangeRecord, item.change),
        package=item.package,
        risk=documents.read(AcceptedRisk, item.risk),
        retry_of=item.retry_of,
        retried_as=item.retried_as,
        retried_by=item.retried_by,
        cancellation=documents.read(Cancellation, item.cancellation),
        resolution=documents.read(Resolution, item.resolution),
        expires_at=_from_unix(item.expires_at),
    )


def to_event_item(model: type[EventItem], event: Event, *, unique: bool = False) -> EventItem:
    """Return the item of an event, in its own place or in one beside it that is `unique`."""
    beside = f"#{uuid.uuid4().hex[:8]}" if unique else ""
    return model(
        stream=event.stream,
        position=f"{event.execution_name}#{event.sequence:06d}{beside}",
        type=event.type.value,
        correlation_id=event.correlation_id,
        owner=event.owner,
        occurred_at=stamp(event.occurred_at),
        data=dict(event.data),
    )


def to_entry(item: EventItem) -> Entry:
    """Return the entry of the audit trail that an item stands for."""
    return Entry(
        stream=item.stream,
        position=item.position,
        type=item.type,
        correlation_id=item.correlation_id,
        owner=item.owner,
        occurred_at=moment(item.occurred_at),
        data=item.data,
    )


def to_change_item(
    model: type[EventItem], service: str, change: Change, generation: int, *, unique: bool = False
) -> EventItem:
    """Return the event of a circuit's change.

    A transition's position is the generation that it began; an override begins none, and several
    may stand under one, so that theirs goes on with the time and something `unique`.
    """
    position = f"{generation:012d}"
    if unique or change.type != STATE_CHANGED:
        position += f"#{int(change.at * 1000)}#{uuid.uuid4().hex[:8]}"
    return model(
        stream=f"circuit/{service}",
        position=position,
        type=change.type,
        correlation_id=f"circuit/{service}",
        owner=str(change.details.get("by", SYSTEM)),
        occurred_at=stamp(datetime.fromtimestamp(change.at, UTC)),
        data={"service": service, "old": change.old, "new": change.new, **change.details},
    )


def to_record_item(
    model: type[RecordItem], system: str, record: Record, origin: Origin
) -> RecordItem:
    """Return the item of a record that a page has brought."""
    data, updated_at = canonical(record.data), stamp(record.updated_at)
    return model(
        record=f"{system}/{record.key}",
        system=system,
        position=f"{updated_at}#{record.key}",
        key=record.key,
        updated_at=updated_at,
        data=data.decode(),
        digest=sha256(data).hexdigest(),
        mark=origin.mark,
        page=origin.page,
        asked_at=stamp(origin.asked_at),
    )


def to_record(item: RecordItem) -> Record:
    """Return the record that an item stands for."""
    return Record(key=item.key, updated_at=moment(item.updated_at), data=json.loads(item.data))


def _from_unix(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC)
