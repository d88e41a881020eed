"""`make docs`: write what docs/ says of the code from the code.

That is the risk model's table, what a task costs, the API's description and a picture of each
workflow; tests hold the committed files against it.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.openapi.document import document
from breakwater.domain.risk_model import FACTORS, LEVELS, MODEL, Factor, Measure
from breakwater.registry import PAYLOADS
from infra.blocks import rewritten
from infra.costs.tables import cost_tables
from infra.pictures import picture
from infra.stage import Stage

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
OPENAPI, ARCHITECTURE = DOCS / "openapi.json", DOCS / "architecture.md"
PAGES = (DOCS / "risk.md", DOCS / "performance.md", ARCHITECTURE)


def risk_tables() -> str:
    """Return the model's tables as Markdown."""
    levels = [*LEVELS.items()]
    ends = [least - 1 for _, least in levels[1:]] + [100]
    lines = [
        f"Model version `{MODEL}`.",
        "",
        "| factor | at most | measure | points, by value |",
        "|---|---|---|---|",
        *(line for factor in FACTORS for line in _lines(factor)),
        f"| all | {sum(factor.weight for factor in FACTORS)} | | |",
        "",
        "| level | score |",
        "|---|---|",
        *(
            f"| `{level}` | {least} to {end} |"
            for (level, least), end in zip(levels, ends, strict=True)
        ),
    ]
    return "\n".join(lines)


def flow(workflow: str) -> dict[str, Any]:
    """Return a workflow's definition."""
    loaded: dict[str, Any] = json.loads(
        (ROOT / "functions" / workflow / "flow.asl.json").read_text()
    )
    return loaded


TABLES: Mapping[str, Callable[[], str]] = {"model": risk_tables, "costs": cost_tables}


def written(page: str) -> str:
    """Return a page with its tables, and the picture of each workflow that it shows, anew."""
    return rewritten(
        page, "docs", lambda name: TABLES[name]() if name in TABLES else picture(flow(name))
    )


def openapi() -> str:
    """Return the description as a stage without deadlines of its own serves it, all connectors."""
    stage = Stage(name="any", services={})
    deadlines = DeadlineBounds(
        default=stage.default_deadline_seconds,
        least=stage.min_deadline_seconds,
        most=stage.max_deadline_seconds,
    )
    return json.dumps(document(PAYLOADS, deadlines), indent=2) + "\n"


def _lines(factor: Factor) -> list[str]:
    """Return a line for each measure of a factor, named once."""
    return [
        f"| {f'`{factor.name}` | {factor.weight}' if not number else '|'} "
        f"| {measure.name} | {_grades(measure)} |"
        for number, measure in enumerate(factor.measures)
    ]


def _grades(measure: Measure) -> str:
    return " · ".join(f"{value.value}: {grade.points}" for value, grade in measure.grades.items())


if __name__ == "__main__":
    OPENAPI.write_text(openapi())
    for each in PAGES:
        each.write_text(written(each.read_text()))
