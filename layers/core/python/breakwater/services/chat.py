"""The chat workflow's work: store the question, ask the provider, store the answer.

Question and answer are stored under the task's origin, so that neither stands twice, whichever
attempt or retry stores it. A completion changes nothing at the provider, but it costs money: an
attempt that finds an answer settles with it, and one that finds none asks again, for what an
interrupted call has said is lost. How often it may, over all attempts, is bounded here.
"""

from collections.abc import Mapping
from typing import Any

from breakwater.domain.attempts import StepInput
from breakwater.domain.chats import (
    MAX_HISTORY,
    Message,
    Prompt,
    Role,
    message_id,
    prompt_for,
    tokens_of,
)
from breakwater.domain.errors import PermanentError
from breakwater.domain.progress import Directive, Done, Next, Progress
from breakwater.ports import AiProvider, Clock, ConversationStore
from breakwater.services.runs import StepRun
from breakwater.services.steps import NO_LIMIT, StepRunner

RETRIES = 2
"""How often the provider is asked again where an answer was lost (the specification's own number,
and MaxAttempts in the ASL); that it was not let through, or asked for patience, does not count."""


class Chat:
    """The one state of the chat workflow that speaks with the provider."""

    def __init__(
        self,
        *,
        runner: StepRunner,
        provider: AiProvider,
        conversations: ConversationStore,
        clock: Clock,
    ) -> None:
        self._runner = runner
        self._provider = provider
        self._conversations = conversations
        self._clock = clock

    def complete(self, event: Mapping[str, Any], seconds_left: float = NO_LIMIT) -> Directive:
        """Have a question answered, before the Lambda is stopped."""
        content = event["command"]["content"]
        return self._runner(
            StepInput.from_event(event),
            Next.COMPLETE,
            lambda run: self._complete(run, event["origin"], content),
            seconds_left=seconds_left,
        )

    def _complete(self, run: StepRun, origin: str, content: str) -> Progress:
        turn = self._conversations.ask(run.task, origin=origin, content=content, now=run.now())
        answer = turn.answer or self._answer(run, origin, turn.question)
        return Done(
            {
                "conversation_id": run.task.subject,
                "message_id": answer.message_id,
                "metadata": answer.metadata,
            }
        )

    def _answer(self, run: StepRun, origin: str, question: Message) -> Message:
        """Return the answer that stands in the end: this one, or another attempt's."""
        if run.task.retries > RETRIES:
            why = f": {run.task.problem.message}" if run.task.problem else ""
            raise PermanentError(
                f"no answer was kept of {run.task.retries} tries{why}", service=run.task.service
            )
        prompt = self._prompt(run, question)
        began = self._clock.monotonic()
        answer = self._provider.complete(run, prompt)
        latency = self._clock.monotonic() - began
        message = Message(
            message_id=message_id(origin, Role.ASSISTANT),
            turn=question.turn,
            role=Role.ASSISTANT,
            content=answer.content,
            created_at=run.now(),
            task_id=run.task_id,
            metadata=answer.metadata(latency_ms=round(latency * 1000), left_out=prompt.left_out),
        )
        return self._conversations.answer(run.task, message)

    def _prompt(self, run: StepRun, question: Message) -> Prompt:
        budget = self._provider.budget()
        if tokens_of(question.content) > budget:
            raise PermanentError(
                f"the message alone is {tokens_of(question.content)} tokens by our estimate; "
                f"{budget} are allowed",
                service=run.task.service,
            )
        earlier = self._conversations.before(
            str(run.task.subject), question.turn, limit=MAX_HISTORY
        )
        return prompt_for(question.content, earlier, budget=budget, turns=question.turn - 1)
