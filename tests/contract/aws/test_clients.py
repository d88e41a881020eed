from collections.abc import Callable
from typing import Any

import pytest

from breakwater import bootstrap
from breakwater.adapters import aws
from infra.constructs.functions import API, PULL, SCORE, SETTLE, STEP, SWEEP, UPKEEP
from tests.functions.lambdas import HANDLERS

BUILDERS: dict[str, Callable[[], object]] = {
    name: getattr(bootstrap, name) for name in (folder.replace("/", "_") for folder in HANDLERS)
}
SERVICES = {
    "aftercare_withdraw": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "chat_complete": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "replay_batch": ["dynamodb", "stepfunctions"],
    "risk_score": ["dynamodb"],
    "api": ["dynamodb", "dynamodb", "stepfunctions"],
    # Twice: a breaker's storage has a client of its own, with shorter waits.
    "deployment_submit": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "deployment_poll": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "deployment_document": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "settle": ["dynamodb"],
    "sync_pull": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "upkeep_circuits": ["dynamodb", "dynamodb", "secretsmanager", "ssm"],
    "upkeep_hints": ["dynamodb", "stepfunctions"],
    "upkeep_tasks": ["dynamodb", "stepfunctions"],
}
LIMITS = {
    "api": API,
    "deployment_submit": STEP,
    "deployment_poll": STEP,
    "deployment_document": STEP,
    "aftercare_withdraw": STEP,
    "chat_complete": STEP,
    "replay_batch": STEP,
    "risk_score": SCORE,
    "settle": SETTLE,
    "sync_pull": PULL,
    "upkeep_circuits": UPKEEP,
    "upkeep_hints": SWEEP,
    "upkeep_tasks": SWEEP,
}
PAUSE_SECONDS = 20.0
"""The longest pause that botocore's standard mode makes before another try.
Source: docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every client that is made from here on, by whoever makes it."""
    session = aws._session()
    make, made = session.create_client, list[Any]()

    def remember(*args: Any, **options: Any) -> Any:
        made.append(make(*args, **options))
        return made[-1]

    monkeypatch.setattr(session, "create_client", remember)
    return made


@pytest.mark.parametrize("name", BUILDERS)
def test__clients__every_one_has_short_timeouts_and_few_tries(name: str, built: list[Any]) -> None:
    BUILDERS[name]()

    names = {"sfn": "stepfunctions", "states": "stepfunctions"}
    services = [client.meta.service_model.service_name for client in built]
    assert sorted(names.get(service, service) for service in services) == SERVICES[name]
    for client in built:
        config = client.meta.config
        assert 0 < config.connect_timeout <= 2
        assert 0 < config.read_timeout <= 5
        assert 1 <= config.retries["total_max_attempts"] <= 4
        assert config.retries["mode"] == "standard"


@pytest.mark.parametrize("name", sorted(set(BUILDERS) - {"api"}))
def test__clients__of_a_step__give_up_long_before_lambda_stops_it(
    name: str, built: list[Any]
) -> None:
    BUILDERS[name]()

    for client in built:
        config = client.meta.config
        each = config.connect_timeout + config.read_timeout
        tries = config.retries["total_max_attempts"]
        pauses = sum(min(2.0**number, PAUSE_SECONDS) for number in range(tries - 1))
        assert tries * each + pauses < LIMITS[name].timeout_seconds * 1.2


def test__clients__of_the_api__two_calls_that_fail_stay_below_the_promise(built: list[Any]) -> None:
    bootstrap.api()

    worst = []
    for client in built:
        config = client.meta.config
        tries = config.retries["total_max_attempts"]
        # A server that accepts and then is silent: connecting costs nothing, reading everything.
        worst.append(tries * config.read_timeout + (tries - 1) * 1.0)
    # In the order that bootstrap.api makes them.
    store, engine, probe = worst
    # The first may be slow and succeed with its second try, and then the second fails.
    assert store + engine < 5
    assert probe < 1
