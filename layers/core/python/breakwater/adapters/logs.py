"""Structured logs by powertools, for a product that only knows the standard library's logging.

Every module logs to `logging.getLogger(__name__)`, below the logger that is configured here; the
keys bound for an invocation, and each record's `extra`, become fields of the JSON line. Lines of
metrics bear the same keys. An environment works on one invocation at a time, as Lambda promises.
"""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

ROOT = "breakwater"

_bound: dict[str, Any] = {}


class Logs:
    """The logger of one Lambda. Another instance in the same environment is the same logger."""

    def __init__(self, *, level: str) -> None:
        self._logger = Logger(service=ROOT, level=level, use_rfc3339=True, utc=True)

    def bind(self, context: Any, **keys: str) -> None:
        """Start an invocation: forget the last one's keys, and put these on every line."""
        self._logger.clear_state()
        _bound.clear()
        self.add(
            request_id=getattr(context, "aws_request_id", None),
            function=getattr(context, "function_name", None),
            **keys,
        )

    def add(self, **keys: Any) -> None:
        """Put these, too, on every further line of the invocation."""
        _bound.update(keys)
        self._logger.append_keys(**keys)


def bound() -> Mapping[str, Any]:
    """Return the keys of the invocation that is under way."""
    return _bound
