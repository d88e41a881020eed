"""The inbox of the alarms' topic, and upkeep on demand."""

import io
import json
from typing import Any

import pytest

from infra.local.aws import Aws
from infra.local.errors import LocalStackError
from infra.local.stack import LocalStack


class Queue:
    """A queue that gives as much as is asked for, and forgets what is deleted."""

    def __init__(self, *names: str) -> None:
        self.left = [json.dumps({"AlarmName": name}) for name in names]

    def receive_message(self, **request: Any) -> dict[str, Any]:
        if not self.left:
            return {}
        given = self.left[: request["MaxNumberOfMessages"]]
        return {"Messages": [{"ReceiptHandle": body, "Body": body} for body in given]}

    def delete_message(self, **request: str) -> None:
        self.left.remove(request["ReceiptHandle"])


class Functions:
    def __init__(self, answer: Any, **how: str) -> None:
        self.answer, self.how = answer, how
        self.asked: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **self.how}


def test__messages__are_all_that_ever_came(
    monkeypatch: pytest.MonkeyPatch, stack: LocalStack
) -> None:
    queue = Queue(*(f"alarm-{number}" for number in range(12)))
    monkeypatch.setattr(Aws, "queues", queue)

    first = stack.alarm_messages()
    queue.left.append(json.dumps({"AlarmName": "alarm-12"}))

    assert [each["AlarmName"] for each in first] == [f"alarm-{number}" for number in range(12)]
    assert [each["AlarmName"] for each in stack.alarm_messages()][12:] == ["alarm-12"]


def test__upkeep__is_invoked_as_by_its_schedule(
    monkeypatch: pytest.MonkeyPatch, stack: LocalStack
) -> None:
    functions = Functions({"due": 0})
    monkeypatch.setattr(Aws, "functions", functions)

    assert stack.run_upkeep() == {"circuits": {"due": 0}, "tasks": {"due": 0}}
    assert [request["FunctionName"] for request in functions.asked] == ["upkeep", "sweep"]
    for request in functions.asked:
        assert json.loads(request["Payload"])["detail-type"] == "Scheduled Event"


def test__upkeep__one_part_of_it(monkeypatch: pytest.MonkeyPatch, stack: LocalStack) -> None:
    functions = Functions({"due": 0})
    monkeypatch.setattr(Aws, "functions", functions)

    assert stack.run_upkeep("tasks") == {"tasks": {"due": 0}}
    assert [request["FunctionName"] for request in functions.asked] == ["sweep"]


def test__upkeep__that_fails__says_so(monkeypatch: pytest.MonkeyPatch, stack: LocalStack) -> None:
    functions = Functions({"errorMessage": "no table"}, FunctionError="Unhandled")
    monkeypatch.setattr(Aws, "functions", functions)

    with pytest.raises(LocalStackError, match=r"Upkeep failed: .*no table"):
        stack.run_upkeep()
