"""The in-memory twin of the conversations' storage, and a provider that says what it is told to."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from breakwater.domain.chats import (
    Answer,
    Conversation,
    FinishReason,
    Message,
    Prompt,
    Role,
    Turn,
    message_id,
)
from breakwater.domain.errors import (
    ConfigurationError,
    ConversationFullError,
    StaleAttemptError,
)
from breakwater.domain.tasks import Task
from breakwater.ports import Run, Said
from tests.fakes.stores import MemoryExecutionStore
from tests.fakes.tasks import NOW

CONVERSATION_ID = "3d0b5c9e-6a43-4a4b-8f0a-1c2d3e4f5a6b"


def a_conversation(**changes: Any) -> Conversation:
    """Return a conversation as creating makes it."""
    values: dict[str, Any] = {
        "conversation_id": CONVERSATION_ID,
        "owner": "user-1",
        "title": None,
        "created_at": NOW,
        **changes,
    }
    return Conversation(**values)


class MemoryConversationStore:
    """ports.ConversationStore in dictionaries, beside the tasks that its writers have."""

    def __init__(self, executions: MemoryExecutionStore) -> None:
        self._executions = executions
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[tuple[str, int, Role], Message] = {}
        self.turns: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def create(self, conversation: Conversation) -> Conversation:
        return self.conversations.setdefault(conversation.conversation_id, conversation)

    def get(self, conversation_id: str) -> Conversation | None:
        return self.conversations.get(conversation_id)

    def read(self, conversation_id: str, *, after: str | None, limit: int) -> Said:
        everything = self.of(conversation_id)
        start = int(after or 0)
        part = everything[start : start + limit]
        end = start + len(part)
        return Said(part, str(end) if end < len(everything) else None)

    def before(self, conversation_id: str, turn: int, *, limit: int) -> Sequence[Message]:
        earlier = [one for one in self.of(conversation_id) if one.turn < turn]
        return earlier[::-1][:limit]

    def ask(self, task: Task, *, origin: str, content: str, now: datetime) -> Turn:
        with self._lock:
            return self._ask(task, origin, content, now)

    def _ask(self, task: Task, origin: str, content: str, now: datetime) -> Turn:
        conversation_id = str(task.subject)
        known = self.turns.get((conversation_id, origin))
        if known is not None:
            return self._turn(conversation_id, known)
        conversation = self.conversations.get(conversation_id)
        if conversation is None:
            raise ConfigurationError(f"there is no conversation {conversation_id}")
        if conversation.is_full:
            raise ConversationFullError
        self._require_owned(task)
        turn = conversation.turns + 1
        self.turns[conversation_id, origin] = turn
        self._store(
            conversation_id,
            Message(
                message_id=message_id(origin, Role.USER),
                turn=turn,
                role=Role.USER,
                content=content,
                created_at=now,
                task_id=task.task_id,
            ),
        )
        return self._turn(conversation_id, turn)

    def answer(self, task: Task, answer: Message) -> Message:
        conversation_id = str(task.subject)
        self._require_owned(task)
        standing = self.messages.get((conversation_id, answer.turn, answer.role))
        if standing is not None:
            return standing
        self._store(conversation_id, answer)
        return answer

    def of(self, conversation_id: str) -> list[Message]:
        """Return a conversation's messages in their order."""
        places = sorted(
            (key for key in self.messages if key[0] == conversation_id),
            key=lambda key: (key[1], key[2] is Role.ASSISTANT),
        )
        return [self.messages[place] for place in places]

    def _turn(self, conversation_id: str, turn: int) -> Turn:
        question = self.messages[conversation_id, turn, Role.USER]
        return Turn(question, self.messages.get((conversation_id, turn, Role.ASSISTANT)))

    def _store(self, conversation_id: str, message: Message) -> None:
        self.messages[conversation_id, message.turn, message.role] = message
        conversation = self.conversations[conversation_id]
        self.conversations[conversation_id] = replace(
            conversation,
            turns=max(conversation.turns, message.turn),
            last_message_at=message.created_at,
        )

    def _require_owned(self, task: Task) -> None:
        standing = self._executions.tasks.get(task.task_id)
        if (
            standing is None
            or standing.status.is_terminal
            or standing.execution_name != task.execution_name
            or standing.claimed_by != task.claimed_by
        ):
            raise StaleAttemptError(task.task_id)


@dataclass
class ScriptedProvider:
    """ports.AiProvider that answers `answer`, after whatever `script` does first, one a call."""

    script: list[Callable[[], None] | Exception] = field(default_factory=list)
    answer: Answer = field(
        default_factory=lambda: Answer(
            content="Hello.",
            model="twin-1",
            finish_reason=FinishReason.STOP,
            input_tokens=3,
            output_tokens=2,
        )
    )
    tokens: int = 1_000
    asked: list[Prompt] = field(default_factory=list)

    def budget(self) -> int:
        return self.tokens

    def complete(self, run: Run, prompt: Prompt) -> Answer:
        self.asked.append(prompt)
        turn = self.script.pop(0) if self.script else None
        if isinstance(turn, Exception):
            raise turn
        if turn is not None:
            turn()
        return replace(self.answer, content=f"{self.answer.content} ({len(self.asked)})")

    def probe(self, run: Run) -> None:
        raise AssertionError("a step probes nobody")
