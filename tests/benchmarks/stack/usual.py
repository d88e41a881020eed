"""The peer: what one writes in an afternoon, in one file. Powertools, pydantic, pynamodb, boto3."""

import json
import os
import uuid
from typing import Any, Literal

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import BaseModel, Field
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

logger = Logger(service="usual")
metrics = Metrics(namespace="usual", service="usual")
tracer = Tracer(service="usual")
app = APIGatewayHttpResolver(enable_validation=True)
stepfunctions = boto3.client("stepfunctions")


class Task(Model):
    class Meta:
        table_name = os.environ["EXECUTIONS_TABLE"]
        region = os.environ["AWS_DEFAULT_REGION"]
        host = os.environ.get("AWS_ENDPOINT_URL")

    task_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    body = UnicodeAttribute()


class Payload(BaseModel):
    app_id: str = Field(min_length=1, max_length=64)
    group_id: str = Field(min_length=1, max_length=64)
    intent: Literal["required", "available", "uninstall"]


class Deployment(BaseModel):
    connector_type: Literal["intune"]
    payload: Payload


def connect() -> None:
    """Make the client that the first request makes otherwise: ours has made its own by then."""
    Task._get_connection().connection.client  # noqa: B018 - made as it is asked for


@app.post("/api/v1/deployments")
def deploy(deployment: Deployment) -> Response[Any]:
    task_id = str(uuid.uuid4())
    body = deployment.model_dump_json()
    Task(task_id, status="PENDING", body=body).save(Task.task_id.does_not_exist())
    stepfunctions.start_execution(
        stateMachineArn=os.environ["DEPLOYMENT_MACHINE_ARN"], name=task_id, input=body
    )
    logger.info("accepted", extra={"task_id": task_id})
    answer = {"task_id": task_id, "status": "accepted"}
    return Response(202, "application/json", json.dumps(answer))


@metrics.log_metrics
@logger.inject_lambda_context
@tracer.capture_lambda_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)
