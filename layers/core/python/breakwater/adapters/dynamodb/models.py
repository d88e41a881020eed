"""The items as they stand in the tables. infra/constructs/tables.py holds keys and indexes."""

from typing import Any, TypeVar, cast

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.models import Model

M = TypeVar("M", bound=Model)


class ExecutionItem(Model):
    """A task. Times are ISO 8601 in UTC; `due_at` and `expires_at` are Unix seconds.

    Lists sort by `position`, `{created_at}#{task_id}`; `month_part` is `{year}-{month}#{part}`.
    `due_at` and `failed_at` are there only while a sparse index is to find the task by them.
    """

    task_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    service = UnicodeAttribute()
    owner = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    execution_name = UnicodeAttribute()
    request_token = UnicodeAttribute()
    input = BinaryAttribute(legacy_encoding=False, null=True)
    input_apart = BooleanAttribute(default=False)
    created_at = UnicodeAttribute()
    position = UnicodeAttribute()
    month_part = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    deadline = UnicodeAttribute()
    unfinished = UnicodeAttribute(null=True)
    due_shard = NumberAttribute(null=True)
    due_at = NumberAttribute(null=True)
    status = UnicodeAttribute()
    revision = NumberAttribute(default=0)
    claimed_by = UnicodeAttribute()
    retries = NumberAttribute(default=0)
    intent = JSONAttribute(null=True)
    handle = JSONAttribute(null=True)
    result = JSONAttribute(null=True)
    problem = JSONAttribute(null=True)
    retry_at = UnicodeAttribute(null=True)
    sequence = NumberAttribute(default=0)
    subject = UnicodeAttribute(null=True)
    change = JSONAttribute(null=True)
    package = UnicodeAttribute(null=True)
    ended = UnicodeAttribute(null=True)
    risk = JSONAttribute(null=True)
    failed_at = UnicodeAttribute(null=True)
    retry_of = UnicodeAttribute(null=True)
    retried_as = UnicodeAttribute(null=True)
    retried_by = UnicodeAttribute(null=True)
    cancellation = JSONAttribute(null=True)
    resolution = JSONAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class InputItem(Model):
    """A large input, apart from its task so that status updates stay small."""

    task_id = UnicodeAttribute(hash_key=True)
    input = BinaryAttribute(legacy_encoding=False)
    expires_at = NumberAttribute()


class EventItem(Model):
    """An entry of the audit trail. `position` is `{execution name}#{sequence}`."""

    stream = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)
    type = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    owner = UnicodeAttribute()
    occurred_at = UnicodeAttribute()
    data = JSONAttribute()


class LeaseItem(Model):
    """Who holds a resource. `until` and `expires_at` are Unix seconds."""

    resource = UnicodeAttribute(hash_key=True)
    holder = UnicodeAttribute()
    until = NumberAttribute()
    expires_at = NumberAttribute()


class RecordItem(Model):
    """A pulled record, and by which page of which task, by its mark, it has come.

    `record` is `{system}/{key}`, `position` is `{updated_at}#{key}`.
    """

    record = UnicodeAttribute(hash_key=True)
    system = UnicodeAttribute()
    position = UnicodeAttribute()
    key = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    data = UnicodeAttribute()
    digest = UnicodeAttribute()
    mark = UnicodeAttribute()
    page = NumberAttribute()
    asked_at = UnicodeAttribute()


class WatermarkItem(Model):
    """Up to when a system is known; `record` is its name, which no record's is."""

    record = UnicodeAttribute(hash_key=True)
    watermark = UnicodeAttribute()


class IntentItem(Model):
    """A deployment intent. The score's attributes are there once it has been scored."""

    intent_id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    created_at = UnicodeAttribute()
    statement = JSONAttribute()
    revision = NumberAttribute(default=0)
    score = JSONAttribute(null=True)
    scored_by = UnicodeAttribute(null=True)
    scored_order = UnicodeAttribute(null=True)
    scored_at = UnicodeAttribute(null=True)


class ConversationItem(Model):
    """A conversation. `place` is `about`: its turns and messages are further items of its key."""

    conversation_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    owner = UnicodeAttribute()
    title = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    last_message_at = UnicodeAttribute(null=True)
    turns = NumberAttribute(default=0)


class TurnItem(Model):
    """Which turn of its conversation a request has made: `place` is `origin/{its origin}`."""

    conversation_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    turn = NumberAttribute()


class MessageItem(Model):
    """A message. `place` sorts: `turn/{turn}/1` is the question, `turn/{turn}/2` the answer."""

    conversation_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    message_id = UnicodeAttribute()
    turn = NumberAttribute()
    role = UnicodeAttribute()
    content = UnicodeAttribute()
    created_at = UnicodeAttribute()
    task_id = UnicodeAttribute()
    metadata = JSONAttribute(null=True)


class MomentAttribute(NumberAttribute):
    """Unix seconds with their fraction: DynamoDB does not tell 60.0 from 60."""

    def deserialize(self, value: str) -> float:
        """Return the number, always as a float."""
        return float(value)


class CircuitItem(Model):
    """A service's circuit; resilience.circuit says what its fields mean. Times are Unix seconds."""

    service = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    failures = NumberAttribute(null=True)
    run_began_at = MomentAttribute(null=True)
    last_failure_at = MomentAttribute(null=True)
    opened_at = MomentAttribute(null=True)
    retry_at = MomentAttribute(null=True)
    reopens = NumberAttribute(null=True)
    probe_owner = UnicodeAttribute(null=True)
    probe_until = MomentAttribute(null=True)
    probe_successes = NumberAttribute(null=True)
    override_mode = UnicodeAttribute(null=True)
    override_reason = UnicodeAttribute(null=True)
    override_by = UnicodeAttribute(null=True)
    override_until = MomentAttribute(null=True)
    updated_at = MomentAttribute(null=True)


def bound(model: type[M], table: str) -> type[M]:
    """Return `model` for the table of that name: names are known at run time only."""
    meta = type("Meta", (), {"table_name": table})
    return cast("type[M]", type(model.__name__, (model,), {"Meta": meta}))


def read(model: type[M], item: Any) -> M:
    """Return the model that DynamoDB's wire format `item` stands for."""
    instance = model()
    instance.deserialize(item)
    return instance
