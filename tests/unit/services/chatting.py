"""A chat on twins: its task, its provider, and the state machine around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from breakwater.domain.errors import (
    BreakwaterError,
    StaleAttemptError,
    StorageUnavailableError,
    TransientError,
)
from breakwater.domain.progress import Directive, Next
from breakwater.domain.requests import new_task
from breakwater.domain.tasks import Kind, Task
from breakwater.ports import AiProvider, ConversationStore, ExecutionStore
from breakwater.services.chat import RETRIES, Chat
from breakwater.services.settle import Settlement, SettleUnfinished
from breakwater.services.steps import NO_LIMIT, StepRunner
from breakwater.services.waits import Waits
from tests.fakes.clock import FakeClock
from tests.fakes.conversations import (
    CONVERSATION_ID,
    MemoryConversationStore,
    ScriptedProvider,
    a_conversation,
)
from tests.fakes.stores import MemoryExecutionStore, MemoryLeaseStore
from tests.fakes.tasks import NOW, a_request


@dataclass
class ChatBench:
    """A conversation, in which `accept` asks something."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    executions: MemoryExecutionStore = field(default_factory=MemoryExecutionStore)
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
        **command: Any,
    ) -> "Machine":
        """Accept a question; the machine is about to run it."""
        asked = {"conversation_id": CONVERSATION_ID, "content": content, **command}
        request = a_request(kind=Kind.CHAT, service="ai", command=asked, deadline=deadline)
        now = self.clock.now()
        task = new_task(request, now=now, due_after=timedelta(seconds=60), origin=origin)
        self.executions.create(task, now=now, alone=request.alone)
        return Machine(self, task, origin or task.task_id, asked)

    def chat(
        self,
        *,
        executions: ExecutionStore | None = None,
        conversations: ConversationStore | None = None,
        provider: AiProvider | None = None,
    ) -> Chat:
        """Return the service as a Lambda environment holds it, on these twins."""
        store = executions or self.executions
        runner = StepRunner(
            executions=store,
            leases=MemoryLeaseStore(),
            clock=self.clock,
            settlement=self._settlement(store),
            waits=Waits(self.clock, poll_interval_seconds=30, spread=lambda: 0.5),
            soft_limit_seconds=300,
        )
        return Chat(
            runner=runner,
            provider=provider or self.provider,
            conversations=conversations or self.conversations,
            clock=self.clock,
        )

    def settle(self, event: dict[str, Any], error_type: str) -> Directive:
        settle = SettleUnfinished(
            executions=self.executions,
            clock=self.clock,
            settlement=self._settlement(self.executions),
        )
        return settle(event, error_type)

    def said(self) -> list[tuple[str, str]]:
        """Return who said what, in its order."""
        messages = self.conversations.of(CONVERSATION_ID)
        return [(message.role.value, message.content) for message in messages]

    def events(self) -> list[str]:
        """Return the audit trail's types."""
        return [event.type.value for event in self.executions.events]

    def _settlement(self, executions: ExecutionStore) -> Settlement:
        return Settlement(executions=executions, clock=self.clock, retention=timedelta(days=30))


@dataclass
class Machine:
    """One execution of functions/chat/flow.asl.json."""

    bench: ChatBench
    task: Task
    origin: str
    command: Mapping[str, Any]
    retry_count: int = 0
    entered: int = 0
    ended: bool = False

    def event(self) -> dict[str, Any]:
        """Return what Complete is invoked with now."""
        return {
            "task_id": self.task.task_id,
            "origin": self.origin,
            "execution": self.task.execution_name,
            "entered_at": (NOW + timedelta(milliseconds=self.entered)).isoformat(),
            "retry_count": self.retry_count,
            "correlation_id": self.task.correlation_id,
            "command": self.command,
        }

    def complete(self, chat: Chat | None = None, seconds_left: float = NO_LIMIT) -> Directive:
        """Invoke Complete once, and let what it raises through."""
        return (chat or self.bench.chat()).complete(self.event(), seconds_left)

    def go_on(self, directive: Directive) -> None:
        """Follow a directive into the next state."""
        self.entered, self.retry_count = self.entered + 1, 0
        self.ended = directive.next in {Next.SUCCEED, Next.FAIL}
        if directive.resume_at is not None:
            left = (directive.resume_at - self.bench.clock.now()).total_seconds()
            self.bench.clock.advance(max(0.0, left))

    def retry(self) -> None:
        """Go on to the state's next attempt."""
        self.retry_count += 1
        self.bench.clock.advance(60)

    def run(self) -> Task:
        """Run to the end."""
        for _ in range(400):
            if self.ended:
                return self.now
            try:
                self.go_on(self.complete())
            except (TransientError, StorageUnavailableError) as error:
                if self.retry_count < RETRIES:
                    self.retry()
                else:
                    self.go_on(self._settle(error))
            except StaleAttemptError as error:
                self.go_on(self._settle(error))
        raise AssertionError(f"no end in sight: {self.now}")

    def _settle(self, error: BreakwaterError) -> Directive:
        self.entered, self.retry_count = self.entered + 1, 0
        return self.bench.settle(self.event(), type(error).__name__)

    @property
    def now(self) -> Task:
        """The task as it is stored."""
        return self.bench.executions.tasks[self.task.task_id]
