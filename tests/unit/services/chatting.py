"""A chat on twins: its task, its provider, and the state machine around it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.progress import Directive
from breakwater.domain.requests import new_task
from breakwater.domain.tasks import Kind
from breakwater.ports import AiProvider, ConversationStore, ExecutionStore
from breakwater.services.chat import RETRIES, Chat
from breakwater.services.steps import NO_LIMIT
from tests.fakes.conversations import (
    CONVERSATION_ID,
    MemoryConversationStore,
    ScriptedProvider,
    a_conversation,
)
from tests.fakes.tasks import a_request
from tests.unit.services.onestate import OneState, OneStateBench


@dataclass
class ChatBench(OneStateBench):
    """A conversation, in which `accept` asks something."""

    provider: ScriptedProvider = field(default_factory=ScriptedProvider)

    def __post_init__(self) -> None:
        self.conversations = MemoryConversationStore(self.executions)
        self.conversations.create(a_conversation())

    def accept(
        self,
        content: str = "Why?",
        *,
        origin: str | None = None,
        deadline: timedelta = timedelta(hours=1),
        key: str | None = None,
        **command: Any,
    ) -> "Machine":
        """Accept a question; the machine is about to run it."""
        asked = {"conversation_id": CONVERSATION_ID, "content": content, **command}
        request = a_request(
            kind=Kind.CHAT, service="ai", command=asked, deadline=deadline, idempotency_key=key
        )
        now = self.clock.now()
        task = new_task(request, now=now, due_after=timedelta(seconds=60), origin=origin)
        self.executions.create(task, now=now, alone=request.alone)
        return Machine(self, task)

    def chat(
        self,
        *,
        executions: ExecutionStore | None = None,
        conversations: ConversationStore | None = None,
        provider: AiProvider | None = None,
    ) -> Chat:
        """Return the service as a Lambda environment holds it, on these twins."""
        return Chat(
            runner=self.runner(executions),
            provider=provider or self.provider,
            conversations=conversations or self.conversations,
            clock=self.clock,
        )

    def said(self) -> list[tuple[str, str]]:
        """Return who said what, in its order."""
        messages = self.conversations.of(CONVERSATION_ID)
        return [(message.role.value, message.content) for message in messages]


@dataclass
class Machine(OneState[ChatBench]):
    """One execution of functions/chat/flow.asl.json."""

    RETRIES = RETRIES

    def step(self) -> Directive:
        return self.complete()

    def complete(self, chat: Chat | None = None, seconds_left: float = NO_LIMIT) -> Directive:
        """Invoke Complete once, and let what it raises through."""
        return (chat or self.bench.chat()).complete(self.event(), seconds_left)
