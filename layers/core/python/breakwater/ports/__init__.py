"""What the services and connectors ask of the world: protocols that adapters and twins fulfil."""

from breakwater.ports.chats import AiProvider, Completions, ConversationStore, Said
from breakwater.ports.failures import Count, FailureIndex, Failures
from breakwater.ports.http import (
    ConfigurationSource,
    HttpClient,
    HttpOptions,
    HttpResponse,
    NtlmAccount,
    Streaming,
)
from breakwater.ports.listings import Entry, TaskLists, TaskPage, TaskQuery, Trail, Trails
from breakwater.ports.records import Origin, RecordStore, Stored
from breakwater.ports.risk import HistoryStore, IntentStore
from breakwater.ports.tasks import Clock, Due, DueTask, ExecutionStore, LeaseStore, WorkflowEngine
from breakwater.ports.vendors import Connector, Integration, Probed, Receipt, Run

__all__ = [
    "AiProvider",
    "Clock",
    "Completions",
    "ConfigurationSource",
    "Connector",
    "ConversationStore",
    "Count",
    "Due",
    "DueTask",
    "Entry",
    "ExecutionStore",
    "FailureIndex",
    "Failures",
    "HistoryStore",
    "HttpClient",
    "HttpOptions",
    "HttpResponse",
    "Integration",
    "IntentStore",
    "LeaseStore",
    "NtlmAccount",
    "Origin",
    "Probed",
    "Receipt",
    "RecordStore",
    "Run",
    "Said",
    "Stored",
    "Streaming",
    "TaskLists",
    "TaskPage",
    "TaskQuery",
    "Trail",
    "Trails",
    "WorkflowEngine",
]
