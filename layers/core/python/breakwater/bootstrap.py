"""The composition root: each Lambda's object graph, built once for an environment.

Imports are inside the builders: what a Lambda does not use, its cold start does not pay for.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from breakwater.adapters.clock import SystemClock
from breakwater.adapters.logs import Logs
from breakwater.entrypoints import ApiEntry, StepEntry, UpkeepEntry
from breakwater.settings import (
    ApiSettings,
    ChatSettings,
    ReplaySettings,
    RiskSettings,
    SettleSettings,
    StepSettings,
    SweepSettings,
    SyncSettings,
    UpkeepSettings,
)
from breakwater.wiring.pause import graph

if TYPE_CHECKING:
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.deployment import Deployment


_opened = ExitStack()
"""What the graphs hold open."""


@graph
def api() -> ApiEntry:
    """Build functions/api."""
    from breakwater.adapters.requests import answered
    from breakwater.api.app import correlation_id_of
    from breakwater.wiring.front import front

    settings = ApiSettings.from_env()
    logs = Logs(level=settings.log_level)
    return ApiEntry(front(settings).handle, correlation_id_of, logs, answered)


@graph
def deployment_submit() -> StepEntry:
    """Build functions/deployment/submit."""
    deployment, logs, observer = _deployment()
    return StepEntry(
        lambda event, left: deployment.submit(event, event["command"]["payload"], left),
        logs,
        observer.flush,
    )


@graph
def deployment_poll() -> StepEntry:
    """Build functions/deployment/poll."""
    deployment, logs, observer = _deployment()
    return StepEntry(
        lambda event, left: deployment.poll(event, event["command"]["payload"], left),
        logs,
        observer.flush,
    )


@graph
def deployment_document() -> StepEntry:
    """Build functions/deployment/document."""
    from breakwater.wiring.healing import document_entry

    return document_entry(StepSettings.from_env(), SystemClock(), _opened)


@graph
def aftercare_withdraw() -> StepEntry:
    """Build functions/aftercare/withdraw."""
    from breakwater.wiring.healing import withdraw_entry

    return withdraw_entry(StepSettings.from_env(), SystemClock(), _opened)


@graph
def replay_batch() -> StepEntry:
    """Build functions/replay/batch."""
    from breakwater.wiring.healing import batch_entry

    return batch_entry(ReplaySettings.from_env(), SystemClock())


@graph
def sync_pull() -> StepEntry:
    """Build functions/sync/pull."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.dynamodb.records import DynamoRecordStore
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.sync import Sync
    from breakwater.wiring.steps import step_runner
    from breakwater.wiring.vendors import vendors

    settings = SyncSettings.from_env()
    clock, observer, dynamodb = SystemClock(), CircuitsObserver(), client("dynamodb", BACKGROUND)
    sync = Sync(
        runner=step_runner(settings, dynamodb, clock),
        integrations=vendors(settings, BACKGROUND, clock, observer, _opened).integrations,
        records=DynamoRecordStore(dynamodb, records_table=settings.records_table),
    )
    return StepEntry(sync.pull, Logs(level=settings.log_level), observer.flush)


@graph
def chat_complete() -> StepEntry:
    """Build functions/chat/complete."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.wiring.conversations import chat
    from breakwater.wiring.vendors import vendors

    settings = ChatSettings.from_env()
    clock, observer, dynamodb = SystemClock(), CircuitsObserver(), client("dynamodb", BACKGROUND)
    provider = vendors(settings, BACKGROUND, clock, observer, _opened).provider
    answering = chat(settings, dynamodb, clock, provider)
    return StepEntry(answering.complete, Logs(level=settings.log_level), observer.flush)


@graph
def risk_score() -> StepEntry:
    """Build functions/risk/score."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.wiring.risk import scoring

    settings = RiskSettings.from_env()
    score = scoring(settings, client("dynamodb", BACKGROUND), SystemClock()).score
    return StepEntry(score, Logs(level=settings.log_level))


@graph
def settle() -> StepEntry:
    """Build functions/settle, which every workflow has."""
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.wiring.steps import settler

    settings = SettleSettings.from_env()
    end = settler(settings, client("dynamodb", BACKGROUND), SystemClock())
    return StepEntry(
        lambda event, _: end(event, event["error_type"]), Logs(level=settings.log_level)
    )


@graph
def upkeep_circuits() -> UpkeepEntry:
    """Build functions/upkeep/circuits."""
    from breakwater.adapters.aws import INTERACTIVE, client
    from breakwater.adapters.metrics import gauge
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.upkeep import Upkeep
    from breakwater.wiring.circuits import breakers
    from breakwater.wiring.vendors import vendors

    settings = UpkeepSettings.from_env()
    clock, observer = SystemClock(), CircuitsObserver()
    # Short waits: one service's storage must not take the others' time.
    dynamodb = client("dynamodb", INTERACTIVE)
    upkeep = Upkeep(
        breakers=breakers(settings, dynamodb, clock, observer),
        gauge=gauge,
        vendors=vendors(settings, INTERACTIVE, clock, observer, _opened).probed,
        configured=settings.services,
        clock=clock,
    )
    return UpkeepEntry(
        lambda _, correlation_id: {"circuits": upkeep(correlation_id)},
        Logs(level=settings.log_level),
        observer.flush,
    )


@graph
def upkeep_tasks() -> UpkeepEntry:
    """Build functions/upkeep/tasks."""
    from breakwater.wiring.sweep import sweep

    settings = SweepSettings.from_env()
    look = sweep(settings, SystemClock())
    return UpkeepEntry(lambda *_: look().to_json(), Logs(level=settings.log_level))


@graph
def upkeep_hints() -> UpkeepEntry:
    """Build functions/upkeep/hints."""
    from breakwater.wiring.sweep import hint

    settings = SweepSettings.from_env()
    look = hint(settings, SystemClock())
    return UpkeepEntry(
        lambda event, _: {"seen": look(event["detail"]["name"]).value},
        Logs(level=settings.log_level),
    )


BUILDERS = (
    api,
    deployment_submit,
    deployment_poll,
    deployment_document,
    aftercare_withdraw,
    replay_batch,
    sync_pull,
    chat_complete,
    risk_score,
    settle,
    upkeep_circuits,
    upkeep_tasks,
    upkeep_hints,
)


def reset() -> None:
    """Close and forget every graph: for tests, and for a restored snapshot, its sockets dead."""
    _opened.close()
    for builder in BUILDERS:
        builder.cache_clear()


def _deployment() -> "tuple[Deployment, Logs, CircuitsObserver]":
    from breakwater.adapters.aws import BACKGROUND, client
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.services.changes import Changes
    from breakwater.services.deployment import Deployment
    from breakwater.wiring.steps import step_runner
    from breakwater.wiring.vendors import vendors

    settings = StepSettings.from_env()
    clock, observer, dynamodb = SystemClock(), CircuitsObserver(), client("dynamodb", BACKGROUND)
    known = vendors(settings, BACKGROUND, clock, observer, _opened)
    deployment = Deployment(
        runner=step_runner(settings, dynamodb, clock),
        connectors=known.connectors,
        changes=Changes(known.integrations),
    )
    return deployment, Logs(level=settings.log_level), observer
