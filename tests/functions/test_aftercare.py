"""What is done at the vendor after a task was ended from outside, as Lambda runs it."""

from datetime import UTC, datetime

from infra.local.standins.server import StandIns
from tests.contract.standins.ansible_api import API, launched, logged_in
from tests.contract.standins.clients import arm
from tests.functions.account import Account
from tests.functions.healing import cancelled
from tests.functions.lambdas import Context, Function, sample

WITHDRAW = "aftercare/withdraw"


def test__withdraw__running_job__is_stopped_at_the_controller(
    account: Account, function: Function, vendor: StandIns
) -> None:
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
    assert (answer["next"], mark.at_vendor.value) == ("succeed", "stopped")
    assert shown["status"] == "canceled"


def test__withdraw__controller_is_down__comes_back_later(
    account: Account, function: Function, vendor: StandIns
) -> None:
    account.configure("ansible", vendor.settings_of("ansible"), vendor.secret_of("ansible"))
    arm(vendor, "/cancel/")
    event = sample(WITHDRAW, "after_cancel")
    event["entered_at"] = datetime.now(UTC).isoformat()
    with logged_in(vendor) as http:
        job = launched(http)["job"]
        task = cancelled(account, event, {"job_id": job, "ignored_fields": []})
        answer = function(WITHDRAW)(event, Context())

    mark = account.task(task.task_id).cancellation
    assert mark is not None
    assert (answer["next"], mark.at_vendor.value, mark.failures) == ("withdraw", "pending", 1)
    assert answer["resume_at"] > event["entered_at"][:19]
