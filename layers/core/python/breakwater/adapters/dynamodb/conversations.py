"""ports.ConversationStore on DynamoDB: all items of a conversation share a key, and sort.

A message commits together with a look at its task: what wakes after its task was settled, or taken
over by another attempt, says nothing any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from breakwater.adapters.dynamodb.calls import ALL_OLD, ConditionFailed, Item, send
from breakwater.adapters.dynamodb.mapping import stamp
from breakwater.adapters.dynamodb.messages import (
    ABOUT,
    BEHIND_TURNS,
    TURNS,
    place_of,
    place_of_origin,
    to_about_item,
    to_conversation,
    to_message,
    to_message_item,
    to_turn_item,
)
from breakwater.adapters.dynamodb.models import (
    ConversationItem,
    MessageItem,
    TurnItem,
    bound,
    read,
)
from breakwater.adapters.dynamodb.tasktable import TaskTable
from breakwater.domain.chats import Conversation, Message, Role, Turn, message_id
from breakwater.domain.errors import (
    ConfigurationError,
    ConversationFullError,
    StaleAttemptError,
    StorageUnavailableError,
)
from breakwater.domain.tasks import Task
from breakwater.ports import Said

TRIES = 4
"""How often a question may find that another one has just taken the turn that it wanted."""

_TASK = 0
"""The place of the look at the task in a message's transaction."""


class DynamoConversationStore:
    """Conversations in the `conversations` table; writers also look at the `executions` table."""

    def __init__(
        self, client: Any, *, conversations_table: str, executions_table: str | None = None
    ) -> None:
        """Bind to tables: only storing messages needs the executions'."""
        self._client = client
        self._table = conversations_table
        self._about = bound(ConversationItem, conversations_table)
        self._turn = bound(TurnItem, conversations_table)
        self._message = bound(MessageItem, conversations_table)
        self._tasks = TaskTable(client, executions_table) if executions_table else None

    def create(self, conversation: Conversation) -> Conversation:
        """Store a conversation, unless one stands under its id; return the one that stands."""
        item = to_about_item(self._about, conversation)
        absent = self._about.conversation_id.does_not_exist()
        try:
            send(self._client.put_item, **item.get_save_kwargs_from_instance(absent, ALL_OLD))
        except ConditionFailed as failed:
            return to_conversation(read(self._about, failed.item))
        return conversation

    def get(self, conversation_id: str) -> Conversation | None:
        """Return the conversation, or None."""
        item = self._get(conversation_id, ABOUT)
        return to_conversation(read(self._about, item)) if item else None

    def read(self, conversation_id: str, *, after: str | None, limit: int) -> Said:
        """Return messages in their order, as many as a megabyte holds."""
        start = {"ExclusiveStartKey": self._key(conversation_id, after)} if after else {}
        answer = self._query(conversation_id, BEHIND_TURNS, Limit=limit, **start)
        items = [read(self._message, item) for item in answer["Items"]]
        position = items[-1].place if items and "LastEvaluatedKey" in answer else None
        return Said([to_message(item) for item in items], position)

    def before(self, conversation_id: str, turn: int, *, limit: int) -> Sequence[Message]:
        """Return the newest messages of the turns before `turn`, newest first."""
        answer = self._query(conversation_id, place_of(turn), Limit=limit, ScanIndexForward=False)
        return [to_message(read(self._message, item)) for item in answer["Items"]]

    def ask(self, task: Task, *, origin: str, content: str, now: datetime) -> Turn:
        """Store the question of `task` as a turn of its conversation, once."""
        conversation_id = _conversation_of(task)
        for _ in range(TRIES):
            known = self._get(conversation_id, place_of_origin(origin))
            if known is not None:
                return self._standing(conversation_id, int(read(self._turn, known).turn))
            question = Message(
                message_id=message_id(origin, Role.USER),
                turn=self._next_turn(conversation_id),
                role=Role.USER,
                content=content,
                created_at=now,
                task_id=task.task_id,
            )
            try:
                self._put_question(task, origin, question)
            except ConditionFailed as failed:
                if failed.place == _TASK:
                    raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
                continue  # another attempt has stored it, or another task has taken the turn
            return Turn(question)
        raise StorageUnavailableError("others keep asking in the same conversation")

    def answer(self, task: Task, answer: Message) -> Message:
        """Store the answer of a turn, once; return the one that stands."""
        absent = self._message.conversation_id.does_not_exist()
        put = to_message_item(
            self._message, _conversation_of(task), answer
        ).get_save_kwargs_from_instance(absent, ALL_OLD)
        told = self._about(_conversation_of(task), ABOUT).get_update_kwargs_from_instance(
            [self._about.last_message_at.set(stamp(answer.created_at))]
        )
        try:
            self._together(self._still(task), {"Put": put}, {"Update": told})
        except ConditionFailed as failed:
            if failed.place == _TASK or failed.item is None:
                raise StaleAttemptError(f"task {task.task_id} was overtaken") from failed
            return to_message(read(self._message, failed.item))
        return answer

    def _put_question(self, task: Task, origin: str, question: Message) -> None:
        about, conversation_id = self._about, _conversation_of(task)
        turn = to_turn_item(self._turn, conversation_id, origin, question.turn)
        message = to_message_item(self._message, _conversation_of(task), question)
        counted = about(conversation_id, ABOUT).get_update_kwargs_from_instance(
            [
                about.turns.set(question.turn),
                about.last_message_at.set(stamp(question.created_at)),
            ],
            about.turns == question.turn - 1,
        )
        self._together(
            self._still(task),
            {"Put": turn.get_save_kwargs_from_instance(self._turn.place.does_not_exist())},
            {"Put": message.get_save_kwargs_from_instance(self._message.place.does_not_exist())},
            {"Update": counted},
        )

    def _next_turn(self, conversation_id: str) -> int:
        conversation = self.get(conversation_id)
        if conversation is None:
            raise ConfigurationError(f"there is no conversation {conversation_id}")
        if conversation.is_full:
            raise ConversationFullError
        return conversation.turns + 1

    def _standing(self, conversation_id: str, turn: int) -> Turn:
        question = self._get(conversation_id, place_of(turn, Role.USER))
        answer = self._get(conversation_id, place_of(turn, Role.ASSISTANT))
        return Turn(
            to_message(read(self._message, question)),
            to_message(read(self._message, answer)) if answer else None,
        )

    def _still(self, task: Task) -> Mapping[str, Any]:
        """Return the check that the task is unfinished and still this attempt's."""
        if self._tasks is None:
            raise TypeError("this store was built without an executions table")
        item, owned = self._tasks.item(task.task_id), self._tasks.owned(task)
        return {"ConditionCheck": item.get_delete_kwargs_from_instance(owned)}

    def _together(self, *parts: Mapping[str, Any]) -> None:
        send(self._client.transact_write_items, TransactItems=list(parts))

    def _query(self, conversation_id: str, up_to: str, **options: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = send(
            self._client.query,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="conversation_id = :id AND #place BETWEEN :from AND :to",
            ExpressionAttributeNames={"#place": "place"},
            ExpressionAttributeValues={
                ":id": {"S": conversation_id},
                ":from": {"S": TURNS},
                ":to": {"S": up_to},
            },
            **options,
        )
        return answer

    def _get(self, conversation_id: str, place: str) -> Item | None:
        answer = send(
            self._client.get_item,
            TableName=self._table,
            Key=self._key(conversation_id, place),
            ConsistentRead=True,
        )
        item: Item | None = answer.get("Item")
        return item

    def _key(self, conversation_id: str, place: str) -> dict[str, Any]:
        return {"conversation_id": {"S": conversation_id}, "place": {"S": place}}


def _conversation_of(task: Task) -> str:
    if task.subject is None:
        raise TypeError(f"task {task.task_id} belongs to no conversation")
    return task.subject
