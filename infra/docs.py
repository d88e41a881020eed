"""`make docs`: write what docs/ says of the code from the code.

That is the risk model's table and the API's description; tests hold the committed files against it.
"""

import json
from pathlib import Path

from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.openapi.document import document
from breakwater.domain.risk_model import FACTORS, LEVELS, MODEL, Factor, Measure
from breakwater.registry import PAYLOADS
from infra.stage import Stage

DOCS = Path(__file__).parents[1] / "docs"
RISK, OPENAPI = DOCS / "risk.md", DOCS / "openapi.json"
BEGIN, END = "<!-- written by make docs -->", "<!-- end of what make docs writes -->"


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


def rewritten(text: str) -> str:
    """Return a document with what stands between the marks written anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{risk_tables()}\n{END}{after}"


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
    RISK.write_text(rewritten(RISK.read_text()))
    OPENAPI.write_text(openapi())
