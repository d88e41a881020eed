"""What people read at the end of a run: the ledger, line by line."""

from collections.abc import Iterable

from rich.box import ASCII, HEAVY_HEAD
from rich.console import Console
from rich.table import Table

from tests.chaos.book import Book
from tests.chaos.ledger import Ledger

_SHOWN = 10
"""So many of what is wrong are named."""
_COUNTED = frozenset({"all", "tasks", "times"})
"""The last columns of tables of numbers."""


def show_ledger(ledger: Ledger, book: Book, console: Console) -> int:
    """Print the ledger; return the exit code: 0 only if it balances."""
    _show_tasks(ledger, console)
    _show_errors(ledger, console)
    _show_faults(ledger, console)
    _show_unknown(ledger, console)
    for what, count in sorted(book.tallies.items()):
        console.print(f"{what}: {count}")
    console.print(f"accepted: {len(ledger.evidence.accepted)}")
    console.print(f"stored: {len(ledger.evidence.records)}")
    for status, count in sorted(ledger.by_status.items()):
        console.print(f"  {status}: {count}")
    _line(console, "lost", ledger.lost)
    _line(
        console,
        "duplicated effects",
        [f"{' '.join(m)} {n} too many" for m, n in ledger.duplicated.items()],
        sum(ledger.duplicated.values()),
    )
    _line(console, "effects undone", [], ledger.undone)
    _line(console, "successes without their effect", ledger.hollow)
    _line(console, "keys that stand for two tasks", [], ledger.evidence.split_keys)
    _line(console, "requests refused", ledger.evidence.refusals)
    _line(console, "past the bound", ledger.late)
    _line(console, "unexplained UNKNOWN", ledger.unexplained)
    _line(console, "fault kinds that never fired", ledger.silent)
    _show_endings(ledger, console)
    for task in ledger.suspects[:_SHOWN]:
        console.print(f"what befell {task}:")
        for moment in ledger.history(task):
            console.print(f"  {moment}", markup=False)
    good = ledger.balances
    verdict = "The ledger balances." if good else "The ledger does not balance."
    console.print(f"[{'green' if good else 'red'}]{verdict}")
    return 0 if good else 1


def _show_tasks(ledger: Ledger, console: Console) -> None:
    statuses = sorted(ledger.by_status)
    table = _table("Tasks", console, "kind and service", *statuses, "all")
    for name, counts in sorted(ledger.by_kind.items()):
        table.add_row(name, *(str(counts[each]) for each in statuses), str(counts.total()))
    console.print(table)


def _show_errors(ledger: Ledger, console: Console) -> None:
    if not ledger.by_error:
        return
    table = _table("FAILED, and of what", console, "service and error", "tasks")
    for error, count in sorted(ledger.by_error.items()):
        table.add_row(error, str(count))
    console.print(table)


def _show_faults(ledger: Ledger, console: Console) -> None:
    if not ledger.fired:
        return
    table = _table("Faults that fired", console, "fault", "times")
    for kind, count in sorted(ledger.fired.items()):
        table.add_row(kind, str(count) if count else "[red]0[/red]")
    console.print(table)


def _show_unknown(ledger: Ledger, console: Console) -> None:
    if not ledger.causes:
        return
    table = _table("UNKNOWN, and what left it in doubt", console, "task", "fault", "into")
    for task, cause in ledger.causes.items():
        table.add_row(task, *((cause.kind, cause.into) if cause else ("[red]nothing[/red]", "")))
    console.print(table)


def _show_endings(ledger: Ledger, console: Console) -> None:
    wrong = ledger.badly_ended
    if not wrong:
        console.print("terminal events per task: exactly 1")
        return
    _line(console, "terminal events per task: not exactly 1, for", wrong)


def _line(console: Console, title: str, found: Iterable[str], count: int | None = None) -> None:
    named = list(found)
    number = len(named) if count is None else count
    console.print(f"{title}: {number}", style="red" if number else None)
    for each in named[:_SHOWN]:
        console.print(f"  {each}", markup=False)


def _table(title: str, console: Console, *columns: str) -> Table:
    console.print(f"{title}:")
    table = Table(*columns, box=HEAVY_HEAD if console.is_terminal else ASCII)
    for column in table.columns[1:] if _COUNTED & {*columns} else ():
        column.justify = "right"
    return table
