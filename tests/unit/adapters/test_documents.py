"""What a task's item holds as documents is read as it was written, also by the version before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakwater.adapters.dynamodb import documents
from breakwater.domain.cancellations import AtVendor, Cancellation, Effect
from breakwater.domain.changes import ChangeRecord, ChangeState
from breakwater.domain.resolutions import Resolution, Verdict
from breakwater.domain.risk_levels import AcceptedRisk, Level
from breakwater.domain.tasks import Problem

NOW = datetime(2026, 11, 27, 10, 0, 0, 1, tzinfo=UTC)
ERROR = {"type": "TransientError", "message": "503"}
REFUSED = Problem(type="PermanentError", message="refused")
WRITTEN: list[Any] = [
    REFUSED,
    replace(REFUSED, service="intune", status_code=403, response_body="no"),
    ChangeRecord(system="jira"),
    ChangeRecord(
        system="jira",
        state=ChangeState.OPENED,
        tried_at=NOW,
        failures=2,
        give_up_at=NOW + timedelta(hours=1),
        handle={"id": "1"},
        error=ERROR,
    ),
    AcceptedRisk(intent_id="intent-1"),
    AcceptedRisk(intent_id="intent-1", score=40, level=Level.MODERATE, model="1"),
    Cancellation(at=NOW, effect=Effect.NONE, at_vendor=AtVendor.NOTHING),
    Cancellation(
        by="user-1",
        at=NOW,
        effect=Effect.IN_DOUBT,
        at_vendor=AtVendor.FAILED,
        failures=3,
        give_up_at=NOW,
        error=ERROR,
    ),
    Resolution(outcome=Verdict.DID_NOT, reason="looked", by="operator-1", at=NOW),
]


@pytest.mark.parametrize("document", WRITTEN, ids=lambda each: type(each).__name__)
def test__document__is_read_as_it_was_written__and_what_a_later_version_adds_is_passed_over(
    document: Any,
) -> None:
    written = documents.to_json(document)
    assert written is not None
    assert None not in written.values()
    assert documents.read(type(document), written) == document
    assert documents.read(type(document), {**written, "unheard_of": {"a": 1}}) == document


def test__no_document__is_none() -> None:
    assert documents.to_json(None) is None
    assert documents.read(Problem, None) is None
