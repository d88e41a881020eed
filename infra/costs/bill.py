"""Dollars for a million tasks: what counted.toml counts, times what prices.toml says.

    transitions  states entered, one each
    database     (write units + index units) x a write unit + read units x a read unit
    compute      the API's invocation and each step's: a request, and memory x seconds
    rest         the HTTP API's request, and what the invocations log

Retries, cold starts and storage are left out: the first two are rare, the last is cents.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.costs.counted import COUNTED, Counted

PRICES: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "prices.toml").read_text())
MILLION = 1_000_000
_EACH, _GB, _TAKEN = PRICES["per_million"], PRICES["per_gb"], PRICES["taken"]
TWO_TRANSITIONS = 53.0
"""What performance is held against: two transitions and what goes with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Dollars for a million tasks."""

    transitions: float = 0.0
    database: float = 0.0
    compute: float = 0.0
    rest: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.transitions + self.database + self.compute + self.rest

    def plus(self, other: "Bill", times: int = 1) -> "Bill":
        """Return this one with `times` the other."""
        return Bill(
            transitions=self.transitions + times * other.transitions,
            database=self.database + times * other.database,
            compute=self.compute + times * other.compute,
            rest=self.rest + times * other.rest,
        )


def of(counted: Counted) -> Bill:
    """Return what the steps of a million tasks cost, without their acceptance."""
    return Bill(
        transitions=len(counted.states) * _EACH["state_transitions"],
        database=_database(counted),
        compute=counted.steps * _invocations(_TAKEN["step_gb"], _TAKEN["step_seconds"]),
        rest=counted.steps * _logs(),
    )


def accepted() -> Bill:
    """Return what a million acceptances cost; their writes are counted with the task."""
    return Bill(
        compute=_invocations(_TAKEN["api_gb"], _TAKEN["api_seconds"]),
        rest=_EACH["http_api_requests"] + _logs(),
    )


def task(name: str, polls: int = 0) -> Bill:
    """Return what a million tasks of a workflow cost, each polled so often."""
    return accepted().plus(of(COUNTED[name])).plus(of(COUNTED["poll"]), polls)


def standard(polls: int) -> Bill:
    """Return what a million deployments cost as they are run here, by a Standard workflow."""
    return task("deployment", polls)


def express(polls: int) -> Bill | None:
    """Return the same deployment as an Express workflow; None where it would last too long."""
    if polls:
        return None  # an execution ends after five minutes, and is not resumed
    seconds = _TAKEN["step_seconds"] * _TAKEN["express_gb"] * _GB["express_seconds"] * MILLION
    return replace(standard(polls), transitions=_EACH["express_requests"] + seconds)


def queue(polls: int) -> Bill:
    """Return the same by a worker behind SQS: sent, received and deleted for each step."""
    return replace(standard(polls), transitions=3 * (1 + polls) * _EACH["sqs_requests"])


def durable(polls: int) -> Bill:
    """Return the same deployment as a durable function: a start, a step, and two for each poll."""
    operations = 2 + 2 * polls
    written = operations * _TAKEN["checkpoint_kb"] * _GB["durable_written"]
    return replace(standard(polls), transitions=operations * _EACH["durable_operations"] + written)


ALTERNATIVES: Mapping[str, Callable[[int], Bill | None]] = {
    "Standard (ours)": standard,
    "Express": express,
    "SQS worker": queue,
    "durable function": durable,
}
"""A deployment that is polled so often, by what runs it."""


def payload_cost(write_units: int) -> float:
    """Return the dollars for a million acceptances that take so many write units."""
    return float(write_units * _EACH["write_units"])


def _database(counted: Counted) -> float:
    written = (counted.write_units + counted.index_units) * _EACH["write_units"]
    return float(written + counted.read_units * _EACH["read_units"])


def _invocations(gb: float, seconds: float) -> float:
    return float(_EACH["lambda_requests"] + gb * seconds * _GB["lambda_seconds"] * MILLION)


def _logs() -> float:
    """Return the dollars for what a million invocations log: a KB of each is a GB."""
    return float(_TAKEN["log_kb_per_invocation"] * _GB["logs"])
