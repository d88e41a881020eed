"""What a million one-step tasks cost, held against its target: `python -m tests.benchmarks.cost`.

Nothing is measured here: infra/costs multiplies what tests count with dated prices.
"""

from infra.costs import bill
from infra.costs.tables import MOST_OVER, POLLS
from tests.benchmarks.report import save, within
from tests.proofs.report import show


def main() -> None:
    """Write the row, and how costs grow with polls."""
    total = bill.task("deployment").total
    row = within(
        9, "one-step deployment, $ for a million", total, 1, bill.TWO_TRANSITIONS * MOST_OVER,
        peer=bill.durable(0).total, versus="a durable function, on paper",
        note=f"{total / bill.TWO_TRANSITIONS:.2f} times ${bill.TWO_TRANSITIONS:.0f}",
    )  # fmt: skip
    show(row.line())
    grown = [
        {
            "polls": polls,
            "Standard (ours)": bill.task("deployment", polls).total,
            "Express": each.total if (each := bill.express(polls)) else None,
            "SQS worker": bill.queue(polls).total,
            "durable function": bill.durable(polls).total,
        }
        for polls in POLLS
    ]
    save("cost", [row], by_polls=grown)


if __name__ == "__main__":
    main()
