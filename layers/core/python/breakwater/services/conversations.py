"""Conversations as their owners begin and read them; what is said in one is a task (chat)."""

from breakwater.domain.chats import Conversation
from breakwater.domain.errors import IdempotencyConflictError
from breakwater.domain.requests import identity
from breakwater.ports import Clock, ConversationStore, Said

OPERATION = "POST /api/v1/conversations"


class Conversations:
    """What may be done with conversations by those who own them."""

    def __init__(self, *, store: ConversationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def begin(self, owner: str, *, title: str | None, idempotency_key: str | None) -> Conversation:
        """Return a new conversation, or the one that was begun under the same key.

        Raises: IdempotencyConflictError where that one has another title; StorageUnavailableError.
        """
        conversation = Conversation(
            conversation_id=identity(owner, OPERATION, idempotency_key),
            owner=owner,
            title=title,
            created_at=self._clock.now(),
        )
        standing = self._store.create(conversation)
        if standing.title != title:
            raise IdempotencyConflictError(
                "this Idempotency-Key was used for a conversation with another title"
            )
        return standing

    def owned(self, conversation_id: str, *, owner: str) -> Conversation | None:
        """Return the conversation if it is `owner`'s; another's is as good as none."""
        conversation = self._store.get(conversation_id)
        return conversation if conversation and conversation.owner == owner else None

    def read(self, conversation: Conversation, *, after: str | None, limit: int) -> Said:
        """Return what was said, in its order, from behind the position `after`."""
        return self._store.read(conversation.conversation_id, after=after, limit=limit)
