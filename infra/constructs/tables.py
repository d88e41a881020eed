"""The DynamoDB tables: who owns which key, and which questions an index answers.

Names are generated, so that stacks live side by side; logical ids are pinned by a test, because
CloudFormation replaces a table whose logical id changes.
"""

from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

TTL_ATTRIBUTE = "expires_at"


class Tables(Construct):
    """Every table, under the name of what it holds; `executions` are tasks."""

    lists: ClassVar[Mapping[str, str]] = {
        "by_owner": "owner",
        "by_correlation": "correlation_id",
        "by_month": "month_part",
    }
    """The indexes that list tasks, newest first, each with what its partitions are."""

    def __init__(self, scope: Construct, id_: str, *, protect: bool) -> None:
        super().__init__(scope, id_)
        self._protect = protect
        self.executions = self._executions()
        self.events = self._events()
        self.leases = self._table("Leases", partition_key=_text("resource"))
        # One item for each service, for good: nothing here may ever be forgotten.
        self.circuits = self._table("Circuits", partition_key=_text("service"), forgets=False)
        self.records = self._records()
        # A conversation, its turns and its messages share a key; messages sort in their order.
        self.conversations = self._table(
            "Conversations",
            partition_key=_text("conversation_id"),
            sort_key=_text("place"),
            forgets=False,
        )
        # What was intended, and how it was scored, is what a deployment was decided on.
        self.intents = self._table("Intents", partition_key=_text("intent_id"), forgets=False)

    @property
    def outputs(self) -> dict[str, str]:
        """The tables' names, by the stack's outputs."""
        return {
            "ExecutionsTable": self.executions.table_name,
            "EventsTable": self.events.table_name,
            "LeasesTable": self.leases.table_name,
            "CircuitsTable": self.circuits.table_name,
            "RecordsTable": self.records.table_name,
            "ConversationsTable": self.conversations.table_name,
            "IntentsTable": self.intents.table_name,
        }

    def _executions(self) -> dynamodb.Table:
        table = self._table("Executions", partition_key=_text("task_id"))
        # Sparse: a task has `due_shard` only while it is unfinished.
        _index(table, "due", _number("due_shard"), _number("due_at"))
        # Sparse as well, to count by: `{owner}#{service}`.
        _index(table, "unfinished", _text("unfinished"))
        # Sparse: a task has `failed_at` from the end that says FAILED until it is retried.
        _index(table, "failures", _text("service"), _text("failed_at"))
        # None of these attributes ever changes: a status update costs no index write.
        for index, key in self.lists.items():
            _index(table, index, _text(key), _text("position"))
        # Sparse: a deployment has `ended`, its end's moment and status, once it has ended.
        _index(table, "by_package", _text("package"), _text("ended"))
        return table

    def _events(self) -> dynamodb.Table:
        table = self._table("Events", partition_key=_text("stream"), sort_key=_text("position"))
        # An event is small, is never changed, and is read whole.
        _index(table, "by_correlation", _text("correlation_id"), _text("occurred_at"), whole=True)
        return table

    def _records(self) -> dynamodb.Table:
        # Each record by itself, so that writes spread; a system's watermark is an item without a
        # position, and therefore in no index.
        table = self._table("IntegrationRecords", partition_key=_text("record"), forgets=False)
        _index(table, "by_position", _text("system"), _text("position"), whole=True)
        return table

    def _table(
        self,
        id_: str,
        *,
        partition_key: dynamodb.Attribute,
        sort_key: dynamodb.Attribute | None = None,
        forgets: bool = True,
    ) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            id_,
            partition_key=partition_key,
            sort_key=sort_key,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=TTL_ATTRIBUTE if forgets else None,
            deletion_protection=self._protect,
            removal_policy=RemovalPolicy.RETAIN if self._protect else RemovalPolicy.DESTROY,
        )


def _index(
    table: dynamodb.Table, name: str, *keys: dynamodb.Attribute, whole: bool = False
) -> None:
    """Add an index by one or two keys, with the items in it or their keys alone."""
    partition, *sort = keys
    table.add_global_secondary_index(
        index_name=name,
        partition_key=partition,
        sort_key=sort[0] if sort else None,
        projection_type=dynamodb.ProjectionType.ALL if whole else dynamodb.ProjectionType.KEYS_ONLY,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _number(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.NUMBER)
