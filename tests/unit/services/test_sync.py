from datetime import timedelta

import pytest

from breakwater.domain.errors import (
    CircuitBreakerOpenError,
    ConfigurationError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from breakwater.domain.progress import Next
from breakwater.domain.status import Status
from tests.fakes.records import a_record
from tests.fakes.tasks import NOW
from tests.unit.services.syncing import SYSTEM, SyncBench


@pytest.fixture
def bench() -> SyncBench:
    return SyncBench()


def trail(bench: SyncBench) -> list[str]:
    return [event.type.value for event in bench.executions.events]


def test__pull__first__stores_everything_and_ends_with_its_event(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    machine = bench.accept()

    assert machine.pull().next is Next.SUCCEED
    assert machine.now.status is Status.SUCCESS
    assert machine.result == {
        "pulled": 5,
        "stored": 5,
        "unchanged": 0,
        "unreadable": 0,
        "notes": [],
        "pages": 3,
        "watermark": a_record(4).updated_at.isoformat(),
    }
    assert bench.records.of(SYSTEM) == bench.system.records
    assert trail(bench) == ["INTEGRATION_SYNC_COMPLETED"]
    assert bench.executions.events[0].data["system"] == SYSTEM


def test__pull__again__goes_on_from_the_watermark_and_counts_what_is_new(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.accept().run()
    bench.system.add(a_record(1, minute=60, changed=True), a_record(7))
    machine = bench.accept()
    machine.run()

    assert bench.system.asked[3].watermark == a_record(4).updated_at
    # Minutes 3 and 4 again, for the system goes back by a minute; then what came since.
    assert (machine.result["stored"], machine.result["unchanged"]) == (2, 2)
    assert machine.result["watermark"] == a_record(1, minute=60).updated_at.isoformat()
    assert bench.records.of(SYSTEM) == bench.system.records
    assert len(bench.records.writes) == 7


def test__pull__nothing_there__succeeds_without_a_watermark(bench: SyncBench) -> None:
    machine = bench.accept()
    machine.run()

    assert (machine.result["pages"], machine.result["watermark"]) == (1, None)
    assert bench.records.watermarks == {}


def test__pull__nothing_new__keeps_the_watermark(bench: SyncBench) -> None:
    bench.system.add(a_record(1))
    bench.accept().run()
    bench.system.overlap = timedelta(minutes=-1)
    machine = bench.accept()
    machine.run()

    assert machine.result["pulled"] == 0
    assert machine.result["watermark"] == a_record(1).updated_at.isoformat()


def test__watermark__changes_while_pages_are_pulled__does_not_pass_the_beginning(
    bench: SyncBench,
) -> None:
    bench.system.add(a_record(1), a_record(2, minute=12 * 60 + 30))
    machine = bench.accept()
    machine.run()

    assert machine.result["watermark"] == NOW.isoformat()


def test__pull__out_of_time__hands_on_after_a_page_and_resumes_at_once(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    machine = bench.accept()
    directive = machine.pull(seconds_left=60)  # 30 of them for writing

    assert directive.next is Next.POLL
    assert directive.resume_at is not None
    assert directive.resume_at - NOW <= timedelta(hours=1) / 2000
    assert machine.now.status is Status.RUNNING
    assert len(bench.system.asked) == 1
    machine.go_on(directive)
    machine.run()
    assert machine.result["pages"] == len(bench.system.asked) == 3


def test__pull__has_had_its_pages__hands_on(bench: SyncBench) -> None:
    bench.pages = 1
    bench.system.add(*(a_record(number) for number in range(5)))
    machine = bench.accept()
    machine.run()

    assert machine.result["stored"] == 5
    assert machine.entered == 4  # the end is seen by the step after the last page


def test__pages__overlap__counts_what_comes_twice_once(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.system.repeats = True
    machine = bench.accept()
    machine.run()

    result = machine.result
    assert (result["pages"], result["pulled"]) == (4, 8)
    assert (result["stored"], result["unchanged"]) == (5, 3)


def test__pages__empty_and_short__are_not_the_last(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.system.empty_pages = {0, 2}
    machine = bench.accept()
    machine.run()

    assert (machine.result["pages"], machine.result["stored"]) == (5, 5)


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test__pages__lead_round_in_a_circle__fails_in_the_end(bench: SyncBench, length: int) -> None:
    bench.system.add(*(a_record(number) for number in range(3)))
    places = [{"place": [0.0, ""], "page": number} for number in range(length)]
    bench.system.cursors = {number: places[number % length] for number in range(200)}
    machine = bench.accept()
    machine.run()

    assert machine.now.status is Status.FAILED
    assert machine.now.problem is not None
    assert "repeats a page" in machine.now.problem.message
    assert trail(bench) == ["INTEGRATION_SYNC_FAILED"]
    assert bench.records.watermarks == {}


def test__transient__resumes_at_the_page_that_failed(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.system.fails = [None, TransientError("503"), None]
    machine = bench.accept()
    machine.run()

    assert (machine.result["pages"], machine.result["stored"]) == (3, 5)
    assert bench.system.asked[1] == bench.system.asked[2]
    assert machine.now.attempt == 2


@pytest.mark.parametrize(
    "error",
    [CircuitBreakerOpenError(SYSTEM, retry_after=60), ThrottledError("429", retry_after=90)],
)
def test__open_or_throttled__parks_and_goes_on(bench: SyncBench, error: Exception) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.system.fails = [None, error]
    machine = bench.accept()
    directive = machine.pull()

    assert directive.next is Next.POLL
    assert machine.now.status is Status.RETRYING
    assert machine.now.retry_at == directive.resume_at
    machine.go_on(directive)
    machine.run()
    assert (machine.result["pages"], machine.now.attempt) == (3, 1)


def test__refused__fails_and_leaves_the_watermark(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.system.fails = [None, PermanentError("403")]
    machine = bench.accept()
    machine.run()

    assert machine.now.status is Status.FAILED
    assert bench.records.watermarks == {}


def test__not_configured__fails_by_that_name(bench: SyncBench) -> None:
    bench.system.fails = [ConfigurationError("jira's settings lack 'site_url'")]
    machine = bench.accept()
    machine.run()

    assert machine.now.problem is not None
    assert machine.now.problem.type == "ConfigurationError"


def test__deadline__has_passed__fails_and_says_so(bench: SyncBench) -> None:
    bench.system.add(*(a_record(number) for number in range(5)))
    bench.pages = 1
    machine = bench.accept()
    machine.go_on(machine.pull())
    bench.clock.advance(3600)
    machine.run()

    assert machine.now.problem is not None
    assert machine.now.problem.type == "DeadlineExceededError"
    assert "vendor had accepted" not in machine.now.problem.message


def test__unreadable__is_passed_over_and_reported(bench: SyncBench) -> None:
    huge = a_record(1, text="x" * 360_000)
    half = a_record(2, text="\ud800")
    bench.system.add(a_record(0), huge, half, a_record(3))
    bench.system.unreadable = ["issue 7 has no readable id"]
    machine = bench.accept()
    machine.run()

    assert set(bench.records.of(SYSTEM)) == {"r000", "r003"}
    result = machine.result
    assert (result["pulled"], result["stored"], result["unreadable"]) == (2, 2, 4)
    assert len(result["notes"]) == 4
    assert "r001" in result["notes"][0]
