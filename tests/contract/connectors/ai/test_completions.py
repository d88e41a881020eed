import pytest

from breakwater.domain.chats import MAX_ANSWER_BYTES
from breakwater.domain.errors import PermanentError, TransientError
from breakwater.domain.status import Status
from breakwater.domain.tasks import Problem, Task
from tests.contract.connectors.ai.desk import Desk
from tests.fakes.conversations import CONVERSATION_ID


def problem(task: Task) -> Problem:
    assert task.status is Status.FAILED
    assert task.problem is not None
    return task.problem


def metadata(task: Task) -> dict[str, object]:
    assert task.status is Status.SUCCESS, task.problem
    assert task.result is not None
    found: dict[str, object] = task.result["metadata"]
    return found


def test__conversation__is_held_with_all_that_was_said_before(desk: Desk) -> None:
    for question in ("One?", "Two?", "Three?"):
        desk.asked(question)
    assert desk.bench.said() == [
        ("user", "One?"),
        ("assistant", "This is question 1 that I have been shown: One?"),
        ("user", "Two?"),
        ("assistant", "This is question 2 that I have been shown: Two?"),
        ("user", "Three?"),
        ("assistant", "This is question 3 that I have been shown: Three?"),
    ]
    assert desk.bench.events() == ["AI_CHAT_COMPLETED"] * 3


def test__answer__says_how_it_was_made(desk: Desk) -> None:
    told = metadata(desk.asked())
    assert told == {
        "model": "stand-in-1",
        "tokens": {"input": 1, "output": 6},
        "confidence": 0.9048,  # e^-0.1, what the stand-in held each of its tokens for
        "finish_reason": "stop",
        "latency_ms": told["latency_ms"],
        "left_out": 0,
    }


def test__answer__without_usage_and_logprobs__says_that_it_does_not_know(desk: Desk) -> None:
    desk.vendor.manner(usage=False)
    desk.configure(logprobs=False)
    told = metadata(desk.asked())
    assert (told["tokens"], told["confidence"]) == (None, None)


def test__system_prompt_and_limit__are_sent_as_configured(desk: Desk) -> None:
    desk.configure(system_prompt="Be brief.", output_limit_field="max_completion_tokens")
    desk.asked()
    assert desk.vendor.prompts() == [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    ]


@pytest.mark.parametrize(
    ("told", "known"),
    [("length", "length"), ("content_filter", "content_filter"), ("tool_calls", "other")],
)
def test__finish_reason__is_reported(desk: Desk, told: str, known: str) -> None:
    desk.vendor.manner(answer="So f", finish_reason=told)
    assert metadata(desk.asked())["finish_reason"] == known


def test__filtered_whole__is_an_empty_answer_that_says_so(desk: Desk) -> None:
    desk.vendor.manner(answer="", finish_reason="content_filter")
    assert metadata(desk.asked())["finish_reason"] == "content_filter"
    assert desk.bench.said() == [("user", "Why?"), ("assistant", "")]


def test__throttled__waits_as_long_as_asked_and_costs_no_try(desk: Desk) -> None:
    desk.vendor.fault("status", status=429, retry_after="40", count=4)
    task = desk.asked()
    assert (task.status, task.attempt) == (Status.SUCCESS, 1)
    assert desk.clock.monotonic() >= 160
    assert desk.circuit.failures == 0


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test__failing__is_asked_three_times_in_all_and_ends_failed(desk: Desk, status: int) -> None:
    desk.vendor.fault("status", status=status, count=None)
    found = problem(desk.asked())
    assert (found.type, found.status_code) == ("TransientError", status)
    assert len(desk.vendor.requests("POST", "/completions")) == 3
    assert desk.bench.events() == ["AI_CHAT_FAILED"]


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
def test__refused__ends_failed_at_once_and_says_nothing_of_its_health(
    desk: Desk, status: int
) -> None:
    desk.vendor.fault("status", status=status)
    found = problem(desk.asked())
    assert (found.type, found.status_code) == ("PermanentError", status)
    assert len(desk.vendor.requests("POST", "/completions")) == 1
    assert desk.circuit.failures == 0


@pytest.mark.parametrize("style", ["garbage", "truncated"])
def test__malformed__is_asked_again_and_ends_failed(desk: Desk, style: str) -> None:
    desk.vendor.fault("malformed", style=style, when="after", count=None)
    assert problem(desk.asked()).type == "TransientError"
    assert len(desk.vendor.requests("POST", "/completions")) == 3
    assert desk.bench.said() == [("user", "Why?")]


@pytest.mark.parametrize(
    "manner",
    [{"finish_reason": None}, {"error": True}, {"answer": ""}],
    ids=["breaks-off", "error-in-the-stream", "says-nothing"],
)
def test__no_whole_answer__is_asked_for_again(desk: Desk, manner: dict[str, object]) -> None:
    desk.vendor.manner(**manner)
    machine = desk.ask()
    with pytest.raises(TransientError):
        machine.complete()
    desk.vendor.manner()
    machine.retry()
    assert machine.run().status is Status.SUCCESS
    assert len(desk.bench.said()) == 2


@pytest.mark.parametrize(
    ("kilobytes", "logprobs"),
    [(MAX_ANSWER_BYTES // 1_000 + 1, False), (200, True)],
    ids=["the-text", "the-stream"],
)
def test__oversized__is_refused_once_and_not_asked_for_again(
    desk: Desk, kilobytes: int, logprobs: bool
) -> None:
    desk.configure(logprobs=logprobs)
    desk.vendor.manner(answer="x" * 1_000, repeat=kilobytes)
    assert problem(desk.asked()).type == "PermanentError"
    assert desk.answers() == 1
    assert desk.bench.said() == [("user", "Why?")]


def test__html_under_200__is_no_answer(desk: Desk) -> None:
    desk.vendor.fault("html", count=None)
    assert problem(desk.asked()).type == "TransientError"


def test__connection_breaks__asked_again__one_message_each(desk: Desk) -> None:
    desk.vendor.fault("reset", when="after")
    assert desk.asked().status is Status.SUCCESS
    assert desk.answers() == 2
    assert [role for role, _ in desk.bench.said()] == ["user", "assistant"]


def test__slow__every_answer_longer_than_a_vendor_may_take__none_counts_as_a_failure(
    desk: Desk,
) -> None:
    # The client gives an ordinary attempt 0.95 s here; these trickle for longer than that.
    for _ in range(2):
        desk.vendor.fault("trickle", interval_seconds=0.0012, when="after")
        assert desk.asked().status is Status.SUCCESS
    assert desk.circuit.failures == 0


def test__key_was_rotated__is_read_again_and_used(desk: Desk) -> None:
    good = dict(desk.source.secret_)
    desk.source.secret_ = {"api_key": "old"}
    first = desk.ask()
    machine_problem = problem(first.run())
    assert (machine_problem.type, machine_problem.status_code) == ("PermanentError", 401)
    desk.source.secret_ = good
    assert desk.asked().status is Status.SUCCESS


def test__settings_change__without_a_new_environment(desk: Desk) -> None:
    desk.configure(provider="telepathy")
    assert problem(desk.asked()).type == "ConfigurationError"
    desk.configure(provider="openai")
    assert desk.asked().status is Status.SUCCESS
    desk.configure(context_tokens="many")
    assert problem(desk.asked()).type == "ConfigurationError"


def test__probe__lists_the_models_once(desk: Desk) -> None:
    desk.provider.probe(desk.run())
    desk.vendor.fault("status", status=503)
    with pytest.raises(TransientError):
        desk.provider.probe(desk.run())
    desk.vendor.fault("status", status=403)
    with pytest.raises(PermanentError):
        desk.provider.probe(desk.run())
    assert len(desk.vendor.requests("GET", "/models")) == 3


def test__nothing_of_the_conversation__is_in_an_error(desk: Desk) -> None:
    desk.vendor.fault("status", status=400)
    found = problem(desk.asked("My secret question"))
    assert "secret question" not in f"{found}"
    assert desk.bench.conversations.get(CONVERSATION_ID) is not None
