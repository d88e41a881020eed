"""A run whose reckoning balances, for tests to plant what may be wrong in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.chaos.book import Accepted
from tests.chaos.evidence import Ending, Evidence, Record
from tests.chaos.ledger import Ledger
from tests.chaos.strikes import Strike
from tests.chaos.wishes import Wish

KINDS = ("dynamodb: throttled", "jamf: hang")
BUNDLE = ("jamf", "deploy", "commands", "*", "com.example.a")
WISH = Wish(
    kind="deployment",
    service="jamf",
    path="deployments",
    body={"change": {"system": "servicenow"}},
    marks=(BUNDLE,),
    correlation_id="corr",
)
RECORD = Record(
    task_id="a",
    kind="deployment",
    service="jamf",
    status="SUCCESS",
    correlation_id="corr",
    created_at=100.0,
    deadline=160.0,
)
DOUBT = Strike(kind="jamf: hang", whose="corr", into="POST", casts_doubt=True, at=120.0)
NO_DOUBT = Strike(kind=KINDS[0], whose=None, into="GetItem", casts_doubt=False, at=1.0)
EFFECTS: Mapping[str, Any] = {
    "jamf": {"deploy": {"commands": {"11": {"com.example.a": 1}, "12": {"com.example.a": 1}}}},
    "servicenow": {"opened": {"a-19ab": 1}},
    "intune": {"assign": {"added": {"x": {"y": 1}}}},
}
GOOD = Evidence(
    accepted={"a": Accepted(task_id="a", wish=WISH)},
    records={"a": RECORD},
    endings=[Ending(task_id="a", status="SUCCESS", at=150.0)],
    effects=EFFECTS,
    strikes=[DOUBT, NO_DOUBT],
    intents={"a": [110.0]},
    grace=6.0,
)


def ledger(**changes: Any) -> Ledger:
    return Ledger(replace(GOOD, **changes), KINDS)


def ended(status: str, at: float = 150.0) -> dict[str, Any]:
    return {
        "records": {"a": replace(RECORD, status=status)},
        "endings": [Ending(task_id="a", status=status, at=at)],
    }
