"""No log lines for a while: for what fails ten thousand times by intention."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence() -> Iterator[None]:
    """Log nothing up to WARNING inside, whatever happens there, and again as before after it."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
