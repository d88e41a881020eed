"""The API: every group of routes, built on one desk."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from breakwater.settings import ApiSettings

if TYPE_CHECKING:
    from breakwater.api.app import Api
    from breakwater.api.breakers import BreakerRoutes
    from breakwater.api.conversations import ConversationRoutes
    from breakwater.api.deployments import DeploymentRoutes
    from breakwater.api.integrations import IntegrationRoutes
    from breakwater.api.intents import IntentRoutes
    from breakwater.api.listings import ListingRoutes
    from breakwater.wiring.desk import Desk


def front(settings: ApiSettings) -> "Api":
    """Return the API. Raises ConfigurationError for services that nothing is known of."""
    from breakwater.api.app import Api
    from breakwater.api.openapi.routes import DescriptionRoutes
    from breakwater.api.tasks import TaskRoutes
    from breakwater.wiring.desk import desk
    from breakwater.wiring.healing import healing_routes, replay_routes

    shared = desk(settings)
    return Api(
        _deployments(shared),
        _intents(shared),
        TaskRoutes(read_task=shared.read_task, execution_arn=shared.execution_arn),
        healing_routes(shared),
        replay_routes(shared),
        _lists(shared),
        _integrations(shared),
        _conversations(shared),
        _circuits(shared),
        DescriptionRoutes(shared.models, shared.deadlines),
    )


def _deployments(desk: "Desk") -> "DeploymentRoutes":
    from breakwater.api.deployments import DeploymentReader, DeploymentRoutes

    reader = DeploymentReader(
        desk.models, desk.deadlines, intents=desk.intents, systems=desk.systems
    )
    return DeploymentRoutes(accept=desk.accept, deployments=reader)


def _intents(desk: "Desk") -> "IntentRoutes":
    from breakwater.api.intents import IntentRoutes

    return IntentRoutes(
        accept=desk.accept,
        intents=desk.intents,
        connectors=sorted(desk.models),
        deadlines=desk.deadlines,
        clock=desk.clock,
    )


def _lists(desk: "Desk") -> "ListingRoutes":
    from breakwater.adapters.dynamodb.lists import DynamoTaskLists
    from breakwater.adapters.dynamodb.trail import DynamoTrails
    from breakwater.api.listings import ListingRoutes

    settings = desk.settings
    kept_for = timedelta(days=settings.retention_days, seconds=settings.max_deadline_seconds)
    return ListingRoutes(
        tasks=DynamoTaskLists(
            desk.dynamodb, executions_table=settings.executions_table, kept_for=kept_for
        ),
        trails=DynamoTrails(desk.dynamodb, events_table=settings.events_table),
        cursors=desk.cursors,
        execution_arn=desk.execution_arn,
        clock=desk.clock,
    )


def _integrations(desk: "Desk") -> "IntegrationRoutes":
    from breakwater.adapters.dynamodb.records import DynamoRecordStore
    from breakwater.api.integrations import IntegrationRoutes

    return IntegrationRoutes(
        accept=desk.accept,
        systems=desk.systems,
        deadlines=desk.deadlines,
        records=DynamoRecordStore(desk.dynamodb, records_table=desk.settings.records_table),
        cursors=desk.cursors,
    )


def _conversations(desk: "Desk") -> "ConversationRoutes":
    from breakwater.adapters.dynamodb.conversations import DynamoConversationStore
    from breakwater.api.conversations import ConversationRoutes
    from breakwater.domain.chats import SERVICE
    from breakwater.services.conversations import Conversations

    store = DynamoConversationStore(
        desk.dynamodb, conversations_table=desk.settings.conversations_table
    )
    return ConversationRoutes(
        conversations=Conversations(store=store, clock=desk.clock),
        accept=desk.accept,
        read_task=desk.read_task,
        configured=SERVICE in desk.settings.services,
        deadlines=desk.deadlines,
        cursors=desk.cursors,
    )


def _circuits(desk: "Desk") -> "BreakerRoutes":
    from breakwater.adapters.aws import PROBE, client
    from breakwater.adapters.observer import CircuitsObserver
    from breakwater.api.breakers import BreakerRoutes
    from breakwater.services.health import CheckHealth
    from breakwater.wiring.circuits import breakers
    from breakwater.wiring.desk import executions_of

    probe = client("dynamodb", PROBE)
    read = partial(breakers, desk.settings, clock=desk.clock, observer=CircuitsObserver())
    health = CheckHealth(executions_of(desk.settings, probe), read(probe))
    return BreakerRoutes(breakers=read(desk.dynamodb), health=health)
