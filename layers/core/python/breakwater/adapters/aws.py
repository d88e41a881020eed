"""One way to make an AWS client: one session, explicit timeouts, bounded retries."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

THROTTLES = frozenset(
    {
        "ThrottlingException",
        "ThrottledException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "SlowDown",
    }
)
"""Codes by which AWS asks for less load.
Source: docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take: seconds to connect and between bytes, and tries in all."""

    connect: float
    read: float
    attempts: int = 2


INTERACTIVE = Timeouts(connect=0.4, read=0.7)
"""Behind a person's request. A call that is not answered ends after 2.4 s: two tries, and between
them botocore's own pause, at most 1 s. Two such calls are under the 5 s that were promised."""

PROBE = Timeouts(connect=0.4, read=0.6, attempts=1)
"""For the health check, which answers within a second or says that it cannot."""

BACKGROUND = Timeouts(connect=2.0, read=5.0, attempts=4)
"""Inside a step, where Step Functions repeats what fails (the specification's 30 s statement
timeout, with the tries added up)."""

BREAKER = Timeouts(connect=0.15, read=0.15, attempts=1)
"""For the breakers' storage, beside a call that is not about it. What may be sent again is sent
again by the store itself and at once: botocore would pause for up to a second first."""

UNREACHABLE = (BotoConnectionError, HTTPClientError)
"""What botocore raises when there was no answer: nobody knows whether the request arrived."""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def client(service: str, timeouts: Timeouts) -> Any:
    """Return a client for an AWS service that cannot hang."""
    config = Config(
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        retries={"total_max_attempts": timeouts.attempts, "mode": "standard"},
        tcp_keepalive=True,
        user_agent=_user_agent(),
    )
    return _session().create_client(service, config=config)


def _user_agent() -> str:
    """Return who we are, with the SDKs' own setting for whoever wants to tell senders apart.

    Said as it is: botocore puts its own together anew for each request, an eighth of a 202's CPU.
    Source: docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
    """
    app = os.environ.get("AWS_SDK_UA_APP_ID")
    return f"Breakwater Botocore/{botocore.__version__}" + (f" app/{app}" if app else "")


def is_unavailable(error: ClientError) -> bool:
    """Whether AWS said that it cannot answer now: throttled, or a fault of its own."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in THROTTLES or status >= 500


def code_of(error: ClientError) -> str:
    """Return AWS's name of the error."""
    return str(error.response.get("Error", {}).get("Code", ""))
