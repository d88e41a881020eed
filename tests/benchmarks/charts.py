"""Draws what was measured: `python charts.py BUILD FOLDER`, in the environment of the peers.

Needs matplotlib and nothing of the project. A chart whose part was not measured is left as it is.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

OURS = "breakwater"
COLOURS = ("#0b6e99", "#9aa5b1", "#d9822b", "#7c5cbf", "#5c940d")
SIZE = (7.2, 3.4)
mpl.rcParams.update(
    {
        "svg.hashsalt": "breakwater",  # the same numbers, the same file
        "svg.fonttype": "none",  # text stays text
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": mpl.cycler(color=COLOURS),
    }
)


def _scaled(axes: Any, axis: str, scale: str, **options: Any) -> None:
    """Give an axis a scale, and plain numbers on it."""
    getattr(axes, f"set_{axis}scale")(scale, **options)
    getattr(axes, f"{axis}axis").set_major_formatter("{x:,g}")


def cold(axes: Any, found: Mapping[str, Any]) -> None:
    """CPU of cold starts."""
    rows = [
        ("API, cold", "api", "cold"),
        ("API, up to its first 202", "api", "first"),
        ("step, cold", "step", "cold"),
    ]
    whose = list(dict.fromkeys(name.rsplit(": ", 1)[0] for name in found["cpu_ms"]))
    for place, who in enumerate(whose):
        at, values, spans = [], [], []
        for row, (_, what, quantity) in enumerate(rows):
            spread = found["cpu_ms"].get(f"{who}: {what}", {}).get(quantity)
            if spread:
                at.append(row + place * 0.27)
                values.append(spread["median"])
                spans.append((spread["median"] - spread["min"], spread["max"] - spread["median"]))
        axes.barh(at, values, 0.25, xerr=list(zip(*spans, strict=True)), label=who, ecolor="#444")
    axes.set_yticks([row + 0.27 for row in range(len(rows))], [name for name, *_ in rows])
    axes.invert_yaxis()
    axes.set_xlabel("ms of CPU: median of all rounds, least and most")


def dead(axes: Any, found: Mapping[str, Any]) -> None:
    """Calls that reach a service which is dead from the start, by how many processes call it."""
    for who in dict.fromkeys(row["breaker"] for row in found["fleets"]):
        rows = [row for row in found["fleets"] if row["breaker"] == who]
        sizes = sorted({row["processes"] for row in rows})
        most = [max(row["reached"] for row in rows if row["processes"] == size) for size in sizes]
        axes.plot(sizes, most, marker="o", label=who, linewidth=2 if who == OURS else 1)
    bound = [found["shape"]["fail_max"] + size - 1 for size in sizes]
    axes.plot(sizes, bound, "k:", label="bound: fail_max + N - 1")
    _scaled(axes, "x", "log", base=2)
    _scaled(axes, "y", "log")
    axes.set_xlabel("processes")
    axes.set_ylabel("calls that reach it")


def fleet(axes: Any, found: Mapping[str, Any]) -> None:
    """Writes a second on the circuit's one item in an outage, by environments."""
    usual = [row for row in found["fleets"] if row["fail_max"] == found["fail_max"]]
    rows = [row for row in usual if row["scenario"] == "outage"]
    for who in dict.fromkeys(row["breaker"] for row in rows):
        mine = sorted(
            (row["environments"], row["peak_writes"]) for row in rows if row["breaker"] == who
        )
        axes.plot(*zip(*mine, strict=True), marker="o", label=who)
    limit = found["write_units"]
    axes.axhline(limit, color="k", linestyle=":", label="DynamoDB's limit for an item")
    _scaled(axes, "x", "log")
    _scaled(axes, "y", "log")
    axes.set_xlabel("environments, a call a second each")
    axes.set_ylabel("writes/s at most")


def cost(axes: Any, found: Mapping[str, Any]) -> None:
    """Dollars for a million deployments, by how often each is polled."""
    rows = found["by_polls"]
    for name in (name for name in rows[0] if name != "polls"):
        known = [(row["polls"], row[name]) for row in rows if row[name] is not None]
        axes.plot(*zip(*known, strict=True), marker="o", label=name)
    _scaled(axes, "x", "symlog")
    _scaled(axes, "y", "log")
    axes.set_xlabel("polls of each task")
    axes.set_ylabel("$ for a million tasks")


def load(axes: Any, found: Mapping[str, Any]) -> None:
    """Accepted requests a second and their latency, by clients."""
    levels = found["levels"]
    clients = [level["clients"] for level in levels]
    axes.plot(clients, [one["accepted_a_second"] for one in levels], marker="o", label="accepted/s")
    _scaled(axes, "x", "log", base=2)
    axes.set_xlabel("clients, each without a pause")
    axes.set_ylabel("accepted/s")
    right = axes.twinx()
    right.plot(clients, [one["accept_p50"] for one in levels], "--", color=COLOURS[2], label="p50")
    right.plot(clients, [one["accept_p99"] for one in levels], ":", color=COLOURS[2], label="p99")
    right.set_ylabel("s to the 202: p50 dashed, p99 dotted")


CHARTS: Mapping[str, tuple[str, Callable[[Any, Mapping[str, Any]], None]]] = {
    "cold": ("stack", cold),
    "dead": ("breakers", dead),
    "fleet": ("simulation", fleet),
    "cost": ("cost", cost),
    "load": ("load", load),
}
"""Each chart, and the part of the benchmark that it shows."""


def main(build: Path, folder: Path) -> None:
    """Draw every chart whose part was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (part, draw) in CHARTS.items():
        measured = build / f"bench-{part}.json"
        if measured.exists():
            figure = Figure(figsize=SIZE, layout="constrained")
            axes = figure.subplots()
            draw(axes, json.loads(measured.read_text()))
            beside = 1.12 if name == "load" else 1.02  # it has a scale there
            axes.set_title(str(draw.__doc__).rstrip("."), fontsize=9, loc="left")
            axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(beside, 1.0))
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
            sys.stdout.write(f"drew {folder / name}.svg\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
