"""The chat workflow: what has questions answered."""

from contextlib import ExitStack

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import StepEntry
from breakwater.settings import ChatSettings


def complete_entry(settings: ChatSettings, clock: SystemClock, opened: ExitStack) -> StepEntry:
    """Return what has questions answered; what it opens is closed with `opened`."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.chat import Chat
    from breakwater.wiring.steps import step_runner
    from breakwater.wiring.vendors import vendors

    circuits, dynamodb = CircuitsObserver(), client("dynamodb", BACKGROUND)
    chat = Chat(
        runner=step_runner(settings, dynamodb, clock),
        provider=vendors(settings, BACKGROUND, clock, circuits, opened).provider,
        conversations=DynamoConversationStore(
            dynamodb,
            conversations_table=settings.conversations_table,
            executions_table=settings.executions_table,
        ),
        clock=clock,
    )
    return StepEntry(chat.complete, Logs(level=settings.log_level), circuits.flush)
