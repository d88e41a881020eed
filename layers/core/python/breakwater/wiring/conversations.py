"""Conversations: as the API shows them, and as the chat workflow carries them on."""

from typing import TYPE_CHECKING, Any

from breakwater.adapters.clock import SystemClock
from breakwater.domain.chats import SERVICE
from breakwater.settings import ApiSettings, ChatSettings

if TYPE_CHECKING:
    from breakwater.api.conversations import ConversationRoutes
    from breakwater.api.cursors import Cursors
    from breakwater.api.deadlines import DeadlineBounds
    from breakwater.ports import AiProvider
    from breakwater.services.accept import Accept
    from breakwater.services.chat import Chat
    from breakwater.services.status import ReadTask


def conversation_routes(
    settings: ApiSettings,
    dynamodb: Any,
    clock: SystemClock,
    *,
    accept: "Accept",
    read_task: "ReadTask",
    deadlines: "DeadlineBounds",
    cursors: "Cursors",
) -> "ConversationRoutes":
    """Return the routes of conversations."""
    from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
    from breakwater.api.conversations import ConversationRoutes
    from breakwater.services.conversations import Conversations

    store = DynamoConversationStore(dynamodb, conversations_table=settings.conversations_table)
    return ConversationRoutes(
        conversations=Conversations(store=store, clock=clock),
        accept=accept,
        read_task=read_task,
        configured=SERVICE in settings.services,
        deadlines=deadlines,
        cursors=cursors,
    )


def chat(
    settings: ChatSettings, dynamodb: Any, clock: SystemClock, provider: "AiProvider"
) -> "Chat":
    """Return what has questions answered."""
    from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
    from breakwater.services.chat import Chat
    from breakwater.wiring.steps import step_runner

    return Chat(
        runner=step_runner(settings, dynamodb, clock),
        provider=provider,
        conversations=DynamoConversationStore(
            dynamodb,
            conversations_table=settings.conversations_table,
            executions_table=settings.executions_table,
        ),
        clock=clock,
    )
