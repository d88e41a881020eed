"""How many unfinished tasks a user may have with a service: so that nobody fills it for the others.

Counting costs a read of everything that is counted, so that it is not done for each task. An
environment lets a share of the room through between two counts; near the cap that is one task. The
cap may therefore be passed by that share for each environment, and no more.
"""

import logging
from collections import OrderedDict

from breakwater.domain.errors import StorageUnavailableError
from breakwater.ports import ExecutionStore

SHARE = 50
"""A fiftieth of the room is let through between two counts."""
KNOWN = 1_000
"""Of how many users and services an environment remembers when it is to count again."""

logger = logging.getLogger(__name__)


class Quota:
    """Says whether a user may have one more task with a service."""

    def __init__(self, executions: ExecutionStore, *, most: int) -> None:
        self._executions = executions
        self.most = most
        self._credits: OrderedDict[tuple[str, str], int] = OrderedDict()

    def admits(self, owner: str, service: str) -> bool:
        """Whether there is room for one more, as far as is known here."""
        key = (owner, service)
        credit = self._credits.pop(key, max(1, self.most // SHARE))
        if credit == 0:
            credit = self._counted(owner, service)
        self._credits[key] = max(0, credit - 1)
        if len(self._credits) > KNOWN:
            self._credits.popitem(last=False)
        return credit > 0

    def _counted(self, owner: str, service: str) -> int:
        """Return how many tasks may be let through before the next count."""
        try:
            count = self._executions.count_unfinished(owner, service, limit=self.most)
        except StorageUnavailableError as error:
            # Whoever cannot count can hardly store: that is where it is decided.
            logger.warning("unfinished tasks were not counted: %s", error)
            return 1
        room = self.most - count
        return max(min(1, room), room // SHARE)
