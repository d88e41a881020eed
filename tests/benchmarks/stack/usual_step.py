"""The peer of a step: one file that calls a vendor. Powertools, httpx, tenacity, pynamodb."""

import os
from typing import Any

import httpx
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities import parameters
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model
from tenacity import retry, stop_after_attempt, wait_random_exponential

logger = Logger(service="usual")
metrics = Metrics(namespace="usual", service="usual")
tracer = Tracer(service="usual")
vendor = httpx.Client(timeout=30)


class Task(Model):
    class Meta:
        table_name = os.environ["EXECUTIONS_TABLE"]
        region = os.environ["AWS_DEFAULT_REGION"]
        host = os.environ.get("AWS_ENDPOINT_URL")

    task_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()


def connect() -> None:
    """Make the clients that the first step makes otherwise: ours has made its own by then."""
    Task._get_connection().connection.client  # noqa: B018 - made as it is asked for
    parameters.SecretsProvider()


@retry(stop=stop_after_attempt(3), wait=wait_random_exponential(max=10), reraise=True)
def assign(payload: dict[str, Any]) -> None:
    token = parameters.get_secret("intune")
    answer = vendor.post(
        f"https://graph.example.com/apps/{payload['app_id']}/assign",
        json=payload,
        headers={"Authorization": f"Bearer {token}"},
    )
    answer.raise_for_status()


@metrics.log_metrics
@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    task = Task.get(event["task_id"])
    assign(event["payload"])
    task.update(actions=[Task.status.set("SUCCESS")])
    return {"next": "succeed"}
