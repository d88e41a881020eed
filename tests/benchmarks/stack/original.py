"""The peer that was asked for first: Django, DRF and Celery's `.delay()` on Redis.

The view and the task are the specification's. Everything that it leaves open is chosen in the
peer's favour: no session, no database, no result backend, a user known from a header, and no HTTP
server: each request enters at WSGI.
"""

import os
import uuid
from io import BytesIO
from typing import Any

import django
from celery import Celery
from django.conf import settings
from django.urls import path

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    DEBUG_PROPAGATE_EXCEPTIONS=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "DEFAULT_AUTHENTICATION_CLASSES": [],
    },
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - what needs Django to be set up
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.decorators import (  # noqa: E402
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402

celery = Celery("original", broker=os.environ["REDIS_URL"])
celery.conf.update(task_soft_time_limit=300, task_time_limit=360)


class TransientError(Exception):
    """May pass."""


@celery.task(
    bind=True,
    max_retries=3,
    default_retry_delay=60,
    autoretry_for=(TransientError,),
    retry_backoff=True,
    retry_backoff_max=300,
    retry_jitter=True,
)
def execute_connector_deploy(
    self: Any, connector_type: str, payload: dict[str, Any], correlation_id: str, user_id: int
) -> None:
    """Be what the worker, which is not measured, would run."""


class Known(BaseAuthentication):
    """The gateway has checked the token for ours, so nothing checks it here."""

    def authenticate(self, request: Request) -> tuple[User, None]:
        return User(id=1, username=request.headers["X-User"]), None


@api_view(["POST"])
@authentication_classes([Known])
@permission_classes([IsAuthenticated])
def trigger_deployment(request: Request) -> Response:
    correlation_id = uuid.uuid4()
    task = execute_connector_deploy.delay(
        connector_type=request.data["connector_type"],
        payload=request.data["payload"],
        correlation_id=str(correlation_id),
        user_id=request.user.id,
    )
    return Response(
        {
            "task_id": task.id,
            "correlation_id": str(correlation_id),
            "status": "accepted",
            "status_url": f"/api/v1/tasks/{task.id}/status/",
        },
        status=202,
    )


class Urls:
    urlpatterns = (path("api/v1/deployments", trigger_deployment),)


settings.ROOT_URLCONF = Urls
application = WSGIHandler()
ENVIRON = {
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "https",
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "SERVER_NAME": "api.example.com",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
    "CONTENT_TYPE": "application/json",
    "HTTP_HOST": "api.example.com",
    "HTTP_X_USER": "user-1",
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer what API Gateway would have sent."""
    body = event["body"].encode()
    environ = {
        **ENVIRON,
        "REQUEST_METHOD": event["requestContext"]["http"]["method"],
        "PATH_INFO": event["rawPath"],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": None,
    }
    started: list[str] = []
    answer = application(environ, lambda status, headers: started.append(status))
    content = b"".join(answer).decode()
    answer.close()
    return {"statusCode": int(started[0].split()[0]), "body": content}
