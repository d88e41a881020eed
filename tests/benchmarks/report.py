"""What was measured, held against a target, and where it is kept."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

BUILD = Path("build")
TITLE = (
    f"{'':>2} {'':<44} {'ours':>10} {'peer':>10} {'ratio':>6} {'n':>5}  {'target':<10} "
    f"{'met':<7} peer's name, or why there is none"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row: a target of docs/performance.md, or a part of one."""

    number: int
    """The target's."""
    name: str
    ours: float | None
    n: int
    target: str
    met: bool | None
    """None: it could not be measured here, and `note` says why."""
    peer: float | None = None
    versus: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours to the peer's."""
        if self.ours is None or not self.peer:
            return None
        return self.ours / self.peer

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Entry":
        """Return the entry that was kept as `row`."""
        return cls(**{name: value for name, value in row.items() if name != "ratio"})

    def cells(self) -> list[str]:
        """Return the row as text."""
        return [
            str(self.number),
            self.name,
            *(_text(value) for value in (self.ours, self.peer, self.ratio)),
            f"{self.n:,}",
            self.target,
            {True: "yes", False: "NO", None: "unknown"}[self.met],
            "; ".join(filter(None, (self.versus, self.note))),
        ]

    def line(self) -> str:
        """Return the row in columns, under TITLE."""
        number, name, ours, peer, ratio, n, target, met, rest = self.cells()
        return (
            f"{number:>2} {name:<44} {ours:>10} {peer:>10} {ratio:>6} {n:>5}  {target:<10} "
            f"{met:<7} {rest}"
        ).rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What some measurements of one thing have in common."""

    n: int
    median: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(n=len(values), median=median(values), min=min(values), max=max(values))


def within(number: int, name: str, ours: float | None, n: int, most: float, **more: Any) -> Entry:
    """Return a row whose target is a number that ours must not pass."""
    met = None if ours is None else ours <= most
    return Entry(number=number, name=name, ours=ours, n=n, target=f"{most:,g}", met=met, **more)


def beside(
    number: int, name: str, ours: Spread, peer: Spread | None, most: float, *, versus: str,
    absent: str = "",
) -> Entry:  # fmt: skip
    """Return a row whose target is a ratio of medians; without the peer it is not known."""
    return Entry(
        number=number,
        name=name,
        ours=ours.median,
        peer=peer.median if peer else None,
        versus=versus,
        n=ours.n,
        target=f"{round(most, 2):g} x",
        met=ours.median <= most * peer.median if peer else None,
        note=f"absent: {absent}" if absent else "",
    )


def save(part: str, entries: Iterable[Entry], **measured: Any) -> None:
    """Keep a part's rows, and what else it measured, with the machine that they come from."""
    _write(
        BUILD / f"bench-{part}.json",
        {"entries": [entry.to_json() for entry in entries], **measured},
    )


def merge(parts: Sequence[str]) -> list[Entry]:
    """Put all parts' rows together in build/bench.json, by target, and return them."""
    kept = [load(BUILD / f"bench-{part}.json") for part in parts]
    entries = [Entry.of(row) for part in kept for row in part["entries"]]
    entries.sort(key=lambda entry: entry.number)
    on = datetime.now(UTC).date().isoformat()
    _write(BUILD / "bench.json", {"on": on, "entries": [entry.to_json() for entry in entries]})
    return entries


def load(path: Path) -> dict[str, Any]:
    """Return what was kept in a file."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    path.write_text(json.dumps({"machine": machine, **content}, indent=2) + "\n")


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
