"""What each function is told: the other side of breakwater/settings.py, key for key."""

from infra.constructs.connectors import Connectors
from infra.constructs.tables import Tables
from infra.stage import Stage


def api_environment(
    stage: Stage, tables: Tables, connectors: Connectors, machine_arn: str
) -> dict[str, str]:
    """Return the variables that ApiSettings reads."""
    return {
        "LOG_LEVEL": stage.log_level,
        "EXECUTIONS_TABLE": tables.executions.table_name,
        "DEPLOYMENT_MACHINE_ARN": machine_arn,
        "SERVICES": connectors.services,
        "DEFAULT_DEADLINE_SECONDS": str(stage.default_deadline_seconds),
        "MIN_DEADLINE_SECONDS": str(stage.min_deadline_seconds),
        "MAX_DEADLINE_SECONDS": str(stage.max_deadline_seconds),
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
        "LEASES_TABLE": tables.leases.table_name,
        "CONNECTORS_PATH": connectors.path,
        "SOFT_LIMIT_SECONDS": str(stage.soft_limit_seconds),
        "POLL_INTERVAL_SECONDS": str(stage.poll_interval_seconds),
        "BACKOFF_MIN_SECONDS": str(stage.backoff_min_seconds),
        "BACKOFF_MAX_SECONDS": str(stage.backoff_max_seconds),
    }
