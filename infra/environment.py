"""What each function is told: the other side of breakwater/settings.py, key for key."""

from infra.breakers import breakers_json
from infra.constructs.connectors import Connectors
from infra.constructs.tables import Tables
from infra.stage import Stage


def api_environment(
    stage: Stage,
    tables: Tables,
    connectors: Connectors,
    *,
    machines: str,
    aftercare_machine: str,
    cursor_secret: str,
) -> dict[str, str]:
    """Return the variables that ApiSettings reads; `machines` as Machines.as_json has them."""
    return {
        "LOG_LEVEL": stage.log_level,
        "EXECUTIONS_TABLE": tables.executions.table_name,
        "EVENTS_TABLE": tables.events.table_name,
        **_circuits(stage, tables),
        "LEASES_TABLE": tables.leases.table_name,
        "RECORDS_TABLE": tables.records.table_name,
        "CONVERSATIONS_TABLE": tables.conversations.table_name,
        "INTENTS_TABLE": tables.intents.table_name,
        "CURSOR_SECRET": cursor_secret,
        "MACHINES": machines,
        "AFTERCARE_MACHINE": aftercare_machine,
        "SERVICES": connectors.services,
        "UPKEEP_SECONDS": str(stage.upkeep_seconds),
        "MAX_UNFINISHED": str(stage.max_unfinished),
        "DEFAULT_DEADLINE_SECONDS": str(stage.default_deadline_seconds),
        "MIN_DEADLINE_SECONDS": str(stage.min_deadline_seconds),
        "MAX_DEADLINE_SECONDS": str(stage.max_deadline_seconds),
        "RETENTION_DAYS": str(stage.retention_days),
    }


def settle_environment(stage: Stage, tables: Tables) -> dict[str, str]:
    """Return the variables that SettleSettings reads."""
    return {
        "LOG_LEVEL": stage.log_level,
        "EXECUTIONS_TABLE": tables.executions.table_name,
        "EVENTS_TABLE": tables.events.table_name,
        "RETENTION_DAYS": str(stage.retention_days),
    }


def step_environment(stage: Stage, tables: Tables, connectors: Connectors) -> dict[str, str]:
    """Return the variables that StepSettings reads."""
    return {
        **settle_environment(stage, tables),
        **_vendor_calls(stage, tables, connectors),
        "SOFT_LIMIT_SECONDS": str(stage.soft_limit_seconds),
        "POLL_INTERVAL_SECONDS": str(stage.poll_interval_seconds),
    }


def replay_environment(stage: Stage, tables: Tables, *, machines: str) -> dict[str, str]:
    """Return the variables that ReplaySettings reads."""
    return {
        **settle_environment(stage, tables),
        "LEASES_TABLE": tables.leases.table_name,
        "MACHINES": machines,
        "UPKEEP_SECONDS": str(stage.upkeep_seconds),
        "SOFT_LIMIT_SECONDS": str(stage.soft_limit_seconds),
        "POLL_INTERVAL_SECONDS": str(stage.poll_interval_seconds),
    }


def sync_environment(stage: Stage, tables: Tables, connectors: Connectors) -> dict[str, str]:
    """Return the variables that SyncSettings reads."""
    return {
        **step_environment(stage, tables, connectors),
        "RECORDS_TABLE": tables.records.table_name,
    }


def chat_environment(stage: Stage, tables: Tables, connectors: Connectors) -> dict[str, str]:
    """Return the variables that ChatSettings reads."""
    return {
        **step_environment(stage, tables, connectors),
        "CONVERSATIONS_TABLE": tables.conversations.table_name,
    }


def risk_environment(stage: Stage, tables: Tables) -> dict[str, str]:
    """Return the variables that RiskSettings reads."""
    return {
        **settle_environment(stage, tables),
        "INTENTS_TABLE": tables.intents.table_name,
        "CIRCUITS_TABLE": tables.circuits.table_name,
    }


def sweep_environment(
    stage: Stage, tables: Tables, *, machines: str, aftercare_machine: str
) -> dict[str, str]:
    """Return the variables that SweepSettings reads."""
    return {
        **settle_environment(stage, tables),
        "MACHINES": machines,
        "AFTERCARE_MACHINE": aftercare_machine,
        "UPKEEP_SECONDS": str(stage.upkeep_seconds),
        "DESCRIBES_PER_SECOND": str(stage.describes_per_second),
    }


def upkeep_environment(stage: Stage, tables: Tables, connectors: Connectors) -> dict[str, str]:
    """Return the variables that UpkeepSettings reads."""
    return {
        "LOG_LEVEL": stage.log_level,
        "EVENTS_TABLE": tables.events.table_name,
        "SERVICES": connectors.services,
        **_vendor_calls(stage, tables, connectors),
    }


def observed_environment(stage: Stage) -> dict[str, str]:
    """Return the variable that powertools reads in every function: where its metrics go."""
    return {"POWERTOOLS_METRICS_NAMESPACE": stage.metrics_namespace}


def _circuits(stage: Stage, tables: Tables) -> dict[str, str]:
    return {"CIRCUITS_TABLE": tables.circuits.table_name, "BREAKERS": breakers_json(stage.breakers)}


def _vendor_calls(stage: Stage, tables: Tables, connectors: Connectors) -> dict[str, str]:
    """Return what a function that calls vendors is told: how, and through which breakers."""
    return {
        **_circuits(stage, tables),
        "LEASES_TABLE": tables.leases.table_name,
        "CONNECTORS_PATH": connectors.path,
        "BACKOFF_MIN_SECONDS": str(stage.backoff_min_seconds),
        "BACKOFF_MAX_SECONDS": str(stage.backoff_max_seconds),
    }
