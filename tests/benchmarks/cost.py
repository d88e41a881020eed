"""What a million one-step tasks cost, held against its target: `python -m tests.benchmarks.cost`.

Nothing is measured here: infra/costs multiplies what tests count with dated prices.
"""

from infra.costs import bill
from infra.costs.tables import MOST_OVER, POLLS
from tests.benchmarks.report import save, within
from tests.proofs.report import show


def main() -> None:
    """Write the row, and how costs grow with polls."""
    total = bill.standard(0).total
    row = within(
        9, "one-step deployment, $ for a million", total, 1, bill.TWO_TRANSITIONS * MOST_OVER,
        peer=bill.durable(0).total, versus="a durable function, on paper",
        note=f"{total / bill.TWO_TRANSITIONS:.2f} times ${bill.TWO_TRANSITIONS:.0f}",
    )  # fmt: skip
    show(row.line())
    grown = [{"polls": polls, **_totals(polls)} for polls in POLLS]
    save("cost", [row], by_polls=grown)


def _totals(polls: int) -> dict[str, float | None]:
    bills = {name: alternative(polls) for name, alternative in bill.ALTERNATIVES.items()}
    return {name: each.total if each else None for name, each in bills.items()}


if __name__ == "__main__":
    main()
