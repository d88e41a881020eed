"""`make docs`: write what docs/ says of the code from the code.

That is the risk model's table, what a task costs, the API's description and a picture of each
workflow; tests hold the committed files against it.
"""

import json
import re
from pathlib import Path
from typing import Any

from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.openapi.document import document
from breakwater.domain.risk_model import FACTORS, LEVELS, MODEL, Factor, Measure
from breakwater.registry import PAYLOADS
from infra.costs.tables import cost_tables
from infra.pictures import picture
from infra.stage import Stage

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
RISK, OPENAPI, ARCHITECTURE = DOCS / "risk.md", DOCS / "openapi.json", DOCS / "architecture.md"
PERFORMANCE = DOCS / "performance.md"
BEGIN, END = "<!-- written by make docs -->", "<!-- end of what make docs writes -->"
_DRAWN = re.compile(rf"(<!-- (\w+), drawn by make docs -->).*?{END}", re.DOTALL)


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


def rewritten(text: str, tables: str) -> str:
    """Return a document with `tables` between the marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def flow(workflow: str) -> dict[str, Any]:
    """Return a workflow's definition."""
    loaded: dict[str, Any] = json.loads(
        (ROOT / "functions" / workflow / "flow.asl.json").read_text()
    )
    return loaded


def redrawn(text: str) -> str:
    """Return a document with the picture of each workflow that it shows drawn anew."""
    return _DRAWN.sub(lambda found: f"{found[1]}\n{picture(flow(found[2]))}\n{END}", text)


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
    RISK.write_text(rewritten(RISK.read_text(), risk_tables()))
    PERFORMANCE.write_text(rewritten(PERFORMANCE.read_text(), cost_tables()))
    OPENAPI.write_text(openapi())
    ARCHITECTURE.write_text(redrawn(ARCHITECTURE.read_text()))
