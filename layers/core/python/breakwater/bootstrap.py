"""The composition root: each Lambda's object graph, built once for an environment.

What a graph is made of is in `wiring`, a module for each room of functions. Imports are inside the
builders: what a Lambda does not use, its cold start does not pay for.
"""

from contextlib import ExitStack

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
    from breakwater.wiring.deployment import submit_entry

    return submit_entry(StepSettings.from_env(), SystemClock(), _opened)


@graph
def deployment_poll() -> StepEntry:
    """Build functions/deployment/poll."""
    from breakwater.wiring.deployment import poll_entry

    return poll_entry(StepSettings.from_env(), SystemClock(), _opened)


@graph
def deployment_document() -> StepEntry:
    """Build functions/deployment/document."""
    from breakwater.wiring.aftercare import document_entry

    return document_entry(StepSettings.from_env(), SystemClock(), _opened)


@graph
def aftercare_withdraw() -> StepEntry:
    """Build functions/aftercare/withdraw."""
    from breakwater.wiring.aftercare import withdraw_entry

    return withdraw_entry(StepSettings.from_env(), SystemClock(), _opened)


@graph
def replay_batch() -> StepEntry:
    """Build functions/replay/batch."""
    from breakwater.wiring.replay import batch_entry

    return batch_entry(ReplaySettings.from_env(), SystemClock())


@graph
def sync_pull() -> StepEntry:
    """Build functions/sync/pull."""
    from breakwater.wiring.sync import pull_entry

    return pull_entry(SyncSettings.from_env(), SystemClock(), _opened)


@graph
def chat_complete() -> StepEntry:
    """Build functions/chat/complete."""
    from breakwater.wiring.chat import complete_entry

    return complete_entry(ChatSettings.from_env(), SystemClock(), _opened)


@graph
def risk_score() -> StepEntry:
    """Build functions/risk/score."""
    from breakwater.wiring.risk import score_entry

    return score_entry(RiskSettings.from_env(), SystemClock())


@graph
def settle() -> StepEntry:
    """Build functions/settle, which every workflow has."""
    from breakwater.wiring.steps import settle_entry

    return settle_entry(SettleSettings.from_env(), SystemClock())


@graph
def upkeep_circuits() -> UpkeepEntry:
    """Build functions/upkeep/circuits."""
    from breakwater.wiring.circuits import circuits_entry

    return circuits_entry(UpkeepSettings.from_env(), SystemClock(), _opened)


@graph
def upkeep_tasks() -> UpkeepEntry:
    """Build functions/upkeep/tasks."""
    from breakwater.wiring.sweep import sweep_entry

    return sweep_entry(SweepSettings.from_env(), SystemClock())


@graph
def upkeep_hints() -> UpkeepEntry:
    """Build functions/upkeep/hints."""
    from breakwater.wiring.sweep import hint_entry

    return hint_entry(SweepSettings.from_env(), SystemClock())


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
