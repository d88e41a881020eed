"""Random histories: issues change, tokens expire, pages break, environments die."""

from random import Random

import pytest

from breakwater.domain.errors import TransientError
from tests.contract.connectors.jira.desk import Desk, Sync

LAG = 300


class History:
    """What happens between two pages, drawn by chance."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self.vendor = desk.vendor
        self.vendor.limits(
            index_lag_seconds=self.chance.choice([0, 10, 250, 299]),
            index_precision_seconds=self.chance.choice([0.001, 1]),
            shown=self.chance.choice(["indexed", "current"]),
            largest_page=self.chance.choice([5, 20, 100]),
            is_last=self.chance.choice(["sent", "omitted"]),
        )
        self.ids: list[str] = []
        for _ in range(8):
            moment = desk.ago(minutes=self.chance.uniform(0, 20))
            self.ids += self.vendor.seed(*[moment] * self.chance.randint(1, 12))

    def happens(self) -> None:
        match self.chance.randrange(8):
            case 0 | 1 | 2:
                for issue_id in self.chance.sample(self.ids, 5):
                    self.vendor.touch(issue_id)
            case 3:
                self.vendor.expire_tokens()
            case 4:
                self.desk.jira = self.desk.environment()
            case 5:
                self.vendor.fault("reset", "POST /search/jql", when="after", count=3)
            case 6:
                # Some are indexed at once.
                self.ids += self.vendor.seed(*[self.desk.clock.now()] * 12)
        self.desk.clock.advance(self.chance.choice([0.0, 0.0, 0.5, 0.5, 20.0, 20.0, 600.0]))


# The last four lost a change while a pull took the last minutes at their word.
@pytest.mark.parametrize("seed", [*range(20), 45, 61, 83, 148])
def test__whatever_happens__every_change_is_known_once_the_index_has_it(
    desk: Desk, seed: int
) -> None:
    history, sync = History(desk, seed), Sync(desk)
    for _ in range(25):
        history.happens()
        try:
            sync.turn()
        except TransientError:
            desk.vendor.clear_faults()
    desk.clock.advance(LAG)
    desk.vendor.clear_faults()
    for _ in range(2):  # the pull that was under way, and one more
        sync.all()
    assert sync.known == desk.vendor.truth()
