"""The indexes' own keys: over which partitions tasks spread, and what they are counted under."""

import uuid

DUE_SHARDS = 24
"""Over how many partitions of the `due` index unfinished tasks spread."""

LIST_PARTS = 4
"""Over how many partitions of the `by_month` index a month's tasks spread."""


def shard(task_id: str) -> int:
    """Return the task's partition of the `due` index."""
    return uuid.UUID(task_id).int % DUE_SHARDS


def month_part(month: str, number: int) -> str:
    """Return a partition of the `by_month` index; `month` is like `2026-11`."""
    return f"{month}#{number}"


def unfinished_key(owner: str, service: str) -> str:
    """Return what an unfinished task is counted under."""
    return f"{owner}#{service}"
