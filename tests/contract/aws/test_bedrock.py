"""Amazon Bedrock as it is on the wire, which no emulator here speaks."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from breakwater.adapters.bedrock import TIMEOUTS, TOTAL_SECONDS
from breakwater.domain.chats import MAX_ANSWER_BYTES, Answer, FinishReason
from breakwater.domain.errors import CircuitBreakerOpenError, PermanentError, TransientError
from tests.contract.aws.bedrock import (
    MODEL,
    SETTINGS,
    STOP,
    USAGE,
    Bedrock,
    refusing,
    said,
    streaming,
)
from tests.contract.aws.eventstream import event, exception


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedrock]:
    with ExitStack() as stack:
        yield Bedrock(stack, monkeypatch)


def failed(bedrock: Bedrock, **options: Any) -> Any:
    with pytest.raises((TransientError, PermanentError)) as caught:
        bedrock.complete(**options)
    assert caught.value.service == "ai"
    return caught.value


def test__timeouts__are_the_ones_that_were_decided() -> None:
    assert (TIMEOUTS.read, TIMEOUTS.attempts, TOTAL_SECONDS) == (30.0, 1, 120.0)


def test__complete__streams_and_says_how_it_was_made(bedrock: Bedrock) -> None:
    server = bedrock.serve(
        streaming(
            event("messageStart", {"role": "assistant"}),
            said("Hello \ud83d"),
            said("\ude00."),
            STOP,
            USAGE,
        )
    )
    assert bedrock.complete() == Answer(
        content="Hello \N{GRINNING FACE}.",
        model=MODEL,
        finish_reason=FinishReason.STOP,
        input_tokens=7,
        output_tokens=3,
    )
    [request] = server.requests
    assert request.target == "/model/amazon.nova-lite-v1%3A0/converse-stream"
    assert json.loads(request.body) == {
        "messages": [
            {"role": "user", "content": [{"text": "One?"}]},
            {"role": "assistant", "content": [{"text": "1."}]},
            {"role": "user", "content": [{"text": "Two?"}]},
        ],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 99},
    }
    assert bedrock.calls == ["answered"]


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("end_turn", FinishReason.STOP),
        ("stop_sequence", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("content_filtered", FinishReason.CONTENT_FILTER),
        ("guardrail_intervened", FinishReason.CONTENT_FILTER),
        ("tool_use", FinishReason.OTHER),
    ],
)
def test__stop_reason__is_reported(bedrock: Bedrock, told: str, known: FinishReason) -> None:
    bedrock.serve(streaming(said("So"), event("messageStop", {"stopReason": told})))
    assert bedrock.complete().finish_reason is known


@pytest.mark.parametrize(
    ("status", "code", "blamed"),
    [
        (408, "ModelTimeoutException", True),
        (424, "ModelErrorException", True),
        (429, "ThrottlingException", False),
        (429, "ModelNotReadyException", False),
        (500, "InternalServerException", True),
        (503, "ServiceUnavailableException", True),
        (502, "SomethingNew", True),
    ],
)
def test__refused__may_pass__as_the_contract_says(
    bedrock: Bedrock, status: int, code: str, blamed: bool
) -> None:
    server = bedrock.serve(refusing(status, code))
    error = failed(bedrock)
    assert isinstance(error, TransientError)
    assert (error.status_code, error.blames_service) == (status, blamed)
    assert not error.may_have_applied
    assert bedrock.failures == blamed
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
    ],
)
def test__refused__for_good(bedrock: Bedrock, status: int, code: str) -> None:
    bedrock.serve(refusing(status, code))
    error = failed(bedrock)
    assert isinstance(error, PermanentError)
    assert (error.status_code, str(error)) == (status, f"ai answered {code}")
    assert bedrock.failures == 0


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("throttlingException", 429, TransientError),
        ("modelStreamErrorException", 424, TransientError),
        ("internalServerException", 500, TransientError),
        ("serviceUnavailableException", 503, TransientError),
        ("validationException", 400, PermanentError),
    ],
)
def test__error_in_the_stream__means_the_same(
    bedrock: Bedrock, code: str, status: int, kind: type[Exception]
) -> None:
    bedrock.serve(streaming(said("So"), exception(code)))
    error = failed(bedrock)
    assert (type(error), error.status_code) == (kind, status)


@pytest.mark.parametrize("then", ["end", "break"])
def test__stream__breaks_off__is_no_answer(bedrock: Bedrock, then: str) -> None:
    bedrock.serve(streaming(said("So"), then=then))
    error = failed(bedrock)
    assert isinstance(error, TransientError)
    assert bedrock.failures == 1


def test__stream__is_garbled__is_no_answer(bedrock: Bedrock) -> None:
    broken = bytearray(said("So"))
    broken[-1] ^= 1
    bedrock.serve(streaming(bytes(broken), STOP))
    assert isinstance(failed(bedrock), TransientError)


def test__silence__longer_than_between_two_bytes__is_the_services_failure(
    bedrock: Bedrock,
) -> None:
    bedrock.serve(streaming(said("So"), then="hang"), read=0.3)
    error = failed(bedrock)
    assert isinstance(error, TransientError)
    assert (bedrock.failures, error.blames_service) == (1, True)


def test__talks_on__longer_than_in_all__is_the_services_failure(bedrock: Bedrock) -> None:
    bedrock.serve(streaming(*[said("So")] * 200, pause=0.05), total=0.4)
    began = time.monotonic()
    assert isinstance(failed(bedrock), TransientError)
    assert time.monotonic() - began < 5
    assert bedrock.failures == 1


def test__slow__and_finishes__is_no_failure(bedrock: Bedrock) -> None:
    bedrock.serve(streaming(said("So"), said(" what"), STOP, pause=0.4), read=1.0)
    assert bedrock.complete().content == "So what"
    assert bedrock.failures == 0


def test__no_time_is_left__nobody_is_asked(bedrock: Bedrock) -> None:
    server = bedrock.serve(streaming(STOP))
    assert isinstance(failed(bedrock, seconds=0), TransientError)
    assert server.connections == 0


def test__too_long__is_refused_while_it_comes(bedrock: Bedrock) -> None:
    piece = said("x" * 4_096)
    bedrock.serve(streaming(*[piece] * (MAX_ANSWER_BYTES // 4_096 + 1), STOP))
    error = failed(bedrock)
    assert isinstance(error, PermanentError)
    assert error.status_code is None


def test__circuit__opens_after_five_and_refuses(bedrock: Bedrock) -> None:
    server = bedrock.serve(*[refusing(500, "InternalServerException")] * 6)
    for _ in range(5):
        failed(bedrock)
    with pytest.raises(CircuitBreakerOpenError):
        bedrock.complete()
    assert len(server.requests) == 5


def test__probe__asks_for_a_single_token(bedrock: Bedrock) -> None:
    server = bedrock.serve(streaming(event("messageStop", {"stopReason": "max_tokens"})))
    bedrock.completions.probe(bedrock.run(), SETTINGS)
    [request] = server.requests
    assert json.loads(request.body)["inferenceConfig"] == {"maxTokens": 1}
