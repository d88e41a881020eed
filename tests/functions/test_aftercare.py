"""What is done at the vendor after a task was ended from outside, as Lambda runs it."""

from datetime import UTC, datetime
from typing import Any

from breakwater.domain.cancellations import Cancellation
from infra.local.standins.server import StandIns
from tests.contract.standins.ansible_api import API, launched, logged_in
from tests.contract.standins.clients import arm
from tests.functions.account import Account
from tests.functions.healing import cancelled
from tests.functions.lambdas import Context, Function, sample

WITHDRAW = "aftercare/withdraw"


def withdrawn(
    account: Account, function: Function, vendor: StandIns
) -> tuple[dict[str, Any], Cancellation, str]:
    """Withdraw a running job; return where that leads, what is noted of it, and how the job is."""
    account.configure("ansible", vendor.settings_of("ansible"), vendor.secret_of("ansible"))
    event = sample(WITHDRAW, "after_cancel")
    event["entered_at"] = datetime.now(UTC).isoformat()
    with logged_in(vendor) as http:
        job = launched(http)["job"]
        task = cancelled(account, event, {"job_id": job, "ignored_fields": []})
        answer = function(WITHDRAW)(event, Context())
        shown = http.get(f"{API}/jobs/{job}/").json()
    mark = account.task(task.task_id).cancellation
    assert mark is not None
    return answer, mark, shown["status"]


def test__withdraw__running_job__is_stopped_at_the_controller(
    account: Account, function: Function, vendor: StandIns
) -> None:
    answer, mark, job = withdrawn(account, function, vendor)

    assert (answer["next"], mark.at_vendor.value) == ("succeed", "stopped")
    assert job == "canceled"


def test__withdraw__controller_is_down__comes_back_later(
    account: Account, function: Function, vendor: StandIns
) -> None:
    arm(vendor, "/cancel/")
    before = datetime.now(UTC).isoformat()
    answer, mark, _ = withdrawn(account, function, vendor)

    assert (answer["next"], mark.at_vendor.value, mark.failures) == ("withdraw", "pending", 1)
    assert answer["resume_at"] > before[:19]
