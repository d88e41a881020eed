"""A case that goes wrong becomes a result, not a crash."""

import httpx
import pytest

from infra.local import scenario
from infra.local.cases import CASES, Case
from infra.local.stack import LocalStack


def test__nobody_answers__a_refusal_for_every_case(
    monkeypatch: pytest.MonkeyPatch, stack: LocalStack
) -> None:
    def refuse(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    monkeypatch.setattr(httpx.Client, "request", refuse)

    results = scenario.run(stack, seconds=1)

    assert [result.case for result in results] == list(CASES)
    assert all(result.run is None for result in results)
    assert all("ConnectError" in str(result.fault) for result in results)


def test__expectation__in_words() -> None:
    assert Case("intune", "c", {}, "SUCCESS", through=frozenset({"RETRYING"})).expected == (
        "RETRYING → SUCCESS"
    )
