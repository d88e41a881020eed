"""Shows what goes on while the stack comes up: a spinner at a terminal, a line for each step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass
class Progress:
    """Steps, each timed and ticked off when it is done."""

    console: Console
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the first step could begin."""
        return time.monotonic() - self.started

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show `title` while the body runs, and whether it went well."""
        since = time.monotonic()
        went_well = False
        try:
            with self.console.status(f"{title} ..."):
                yield
            went_well = True
        finally:
            # Also on Ctrl-C: which step it hit is worth a line.
            took = f"[dim]{time.monotonic() - since:.1f} s[/dim]"
            mark = f"[green]✓[/green] {title} {took}" if went_well else f"[red]✗[/red] {title}"
            self.console.print(mark)

    def note(self, text: str) -> None:
        """Show something that the user should know."""
        self.console.print(f"[yellow]![/yellow] {text}")


def quiet() -> Progress:
    """Return a progress that shows nothing."""
    return Progress(Console(quiet=True))
