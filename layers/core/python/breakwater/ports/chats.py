"""What the services ask of the storage of conversations, and of whoever answers in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from breakwater.domain.chats import Answer, Conversation, Message, Prompt, Turn
from breakwater.domain.providers import ProviderSettings
from breakwater.domain.tasks import Task
from breakwater.ports.vendors import Probed, Run


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a conversation; `position` is where the next part begins."""

    messages: Sequence[Message]
    position: str | None


class ConversationStore(Protocol):
    """Conversations and their messages. Each method is one atomic intent; reads are consistent.

    Any of them may raise StorageUnavailableError; a write that raises it may still have landed.
    """

    def create(self, conversation: Conversation) -> Conversation:
        """Store a conversation, unless one stands under its id; return the one that stands."""
        ...

    def get(self, conversation_id: str) -> Conversation | None:
        """Return the conversation, or None."""
        ...

    def read(self, conversation_id: str, *, after: str | None, limit: int) -> Said:
        """Return messages in their order, from behind the position `after`, `limit` at most."""
        ...

    def before(self, conversation_id: str, turn: int, *, limit: int) -> Sequence[Message]:
        """Return the newest messages of the turns before `turn`, newest first."""
        ...

    def ask(self, task: Task, *, origin: str, content: str, now: datetime) -> Turn:
        """Store the question of `task` as a turn of its conversation, its subject, once.

        The turn stands for `origin`: asked again, also by another task of the same origin, it is
        returned as it stands. Raises StaleAttemptError where the task is no longer this attempt's,
        ConversationFullError.
        """
        ...

    def answer(self, task: Task, answer: Message) -> Message:
        """Store the answer of a turn of the task's conversation, once; return the one that stands.

        Raises StaleAttemptError where the task is no longer this attempt's.
        """
        ...


class AiProvider(Probed, Protocol):
    """Whoever answers. Changing nothing, it may be asked again, which costs money again."""

    def budget(self) -> int:
        """Return how many tokens a prompt may have, as domain.chats estimates them.

        Raises ConfigurationError, TransientError.
        """
        ...

    def complete(self, run: Run, prompt: Prompt) -> Answer:
        """Return what follows on the prompt, from one call.

        Raises TransientError, PermanentError, CircuitBreakerOpenError, ConfigurationError.
        """
        ...


class Completions(Protocol):
    """How one kind of provider is spoken with. Each method raises what AiProvider's does."""

    def complete(self, run: Run, prompt: Prompt, settings: ProviderSettings) -> Answer:
        """Return what follows on the prompt, from one call."""
        ...

    def probe(self, run: Run, settings: ProviderSettings) -> None:
        """Make the cheapest authenticated call, once: returning means that the provider answers."""
        ...
