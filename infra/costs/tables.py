"""The tables of docs/performance.md that say what a task costs."""

from collections.abc import Iterable

from infra.costs.bill import (
    ALTERNATIVES,
    PRICES,
    TWO_TRANSITIONS,
    payload_cost,
    standard,
    task,
)
from infra.costs.counted import COUNTED, PAYLOADS

POLLS = (0, 1, 5, 20, 100)
MOST_OVER = 1.25


def cost_tables() -> str:
    """Return what a million tasks cost, beside what else one would build, as Markdown."""
    ratio = standard(0).total / TWO_TRANSITIONS
    return f"""\
Prices of {PRICES["region"]}, {PRICES["as_of"]} (infra/costs/prices.toml). Dollars for a million tasks.

| workflow | states | write + index units | read units | transitions | database | compute | API, logs | all |
|---|---|---|---|---|---|---|---|---|
{_lines(_workflow(name) for name in COUNTED if name != "poll")}

A one-step deployment costs {ratio:.2f} times two transitions' ${TWO_TRANSITIONS:.0f}; the target is {MOST_OVER}.

| a deployment that is polled | {" | ".join(ALTERNATIVES)} |
|---|{"---|" * len(ALTERNATIVES)}
{_lines(_alternatives(polls) for polls in POLLS)}

| payload | write units to accept it | dollars for a million |
|---|---|---|
{_lines(f"| {kib} KiB | {units} | {payload_cost(units):.2f} |" for kib, units in PAYLOADS.items())}"""  # noqa: E501 - a table's row


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _workflow(name: str) -> str:
    counted, bill = COUNTED[name], task(name)
    return (
        f"| {name} | {len(counted.states)} | {counted.write_units} + {counted.index_units} "
        f"| {counted.read_units:g} | {bill.transitions:.2f} | {bill.database:.2f} "
        f"| {bill.compute:.2f} | {bill.rest:.2f} | {bill.total:.2f} |"
    )


def _alternatives(polls: int) -> str:
    bills = (alternative(polls) for alternative in ALTERNATIVES.values())
    cells = ("not possible" if bill is None else f"{bill.total:,.0f}" for bill in bills)
    times = "once" if polls == 1 else f"{polls} times" if polls else "never"
    return f"| {times} | {' | '.join(cells)} |"
