from infra.local.outage import Outage, Seen
from infra.local.stack import LocalStack


def test__a_vendor_dies_and_recovers__nothing_is_lost_and_operators_see_it(
    stack: LocalStack,
) -> None:
    seen: list[Seen] = Outage(stack).run()
    assert [line for line in seen if not line.ok] == []
    assert len(seen) == 12
