"""What a twin that can be down has in common with the others."""


class Breakable:
    """Holds the `error` that those of its methods raise, while one is set, which check for it."""

    error: Exception | None = None

    def _check(self) -> None:
        if self.error is not None:
            raise self.error
