"""Between conversations, their messages, and the items of the `conversations` table."""

from breakwater.adapters.dynamodb.mapping import moment, stamp
from breakwater.adapters.dynamodb.models import ConversationItem, MessageItem, TurnItem
from breakwater.domain.chats import Conversation, Message, Role

ABOUT = "about"
"""Where a conversation's own item stands."""
TURNS, BEHIND_TURNS = "turn/", "turn0"
"""What every message's place begins with, and what sorts right behind all of them."""


def place_of(turn: int, role: Role | None = None) -> str:
    """Return where a message stands; without a role, what sorts right before the turn's."""
    place = f"{TURNS}{turn:06d}"
    return place if role is None else f"{place}/{1 if role is Role.USER else 2}"


def place_of_origin(origin: str) -> str:
    """Return where the turn stands that a request has made, whichever task of its chain did."""
    return f"origin/{origin}"


def to_about_item(model: type[ConversationItem], conversation: Conversation) -> ConversationItem:
    """Return the item of a conversation that nothing has been said in."""
    return model(
        conversation_id=conversation.conversation_id,
        place=ABOUT,
        owner=conversation.owner,
        title=conversation.title,
        created_at=stamp(conversation.created_at),
        turns=conversation.turns,
    )


def to_conversation(item: ConversationItem) -> Conversation:
    """Return the conversation that an item stands for."""
    return Conversation(
        conversation_id=item.conversation_id,
        owner=item.owner,
        title=item.title,
        created_at=moment(item.created_at),
        last_message_at=moment(item.last_message_at) if item.last_message_at else None,
        turns=int(item.turns),
    )


def to_turn_item(model: type[TurnItem], conversation_id: str, origin: str, turn: int) -> TurnItem:
    """Return the item that tells which turn a request has made."""
    return model(conversation_id=conversation_id, place=place_of_origin(origin), turn=turn)


def to_message_item(
    model: type[MessageItem], conversation_id: str, message: Message
) -> MessageItem:
    """Return the item of a message."""
    return model(
        conversation_id=conversation_id,
        place=place_of(message.turn, message.role),
        message_id=message.message_id,
        turn=message.turn,
        role=message.role.value,
        content=message.content,
        created_at=stamp(message.created_at),
        task_id=message.task_id,
        metadata=dict(message.metadata) if message.metadata is not None else None,
    )


def to_message(item: MessageItem) -> Message:
    """Return the message that an item stands for."""
    return Message(
        message_id=item.message_id,
        turn=int(item.turn),
        role=Role(item.role),
        content=item.content,
        created_at=moment(item.created_at),
        task_id=item.task_id,
        metadata=item.metadata,
    )
