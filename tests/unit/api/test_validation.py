import json
from typing import Any

import pytest
from pydantic import ConfigDict

from breakwater.api.deadlines import DeadlineBounds
from breakwater.api.problems import MAX_FAULTS
from breakwater.domain.requests import MAX_BODY_BYTES
from breakwater.ports.payloads import ConnectorPayload
from tests.fakes.front import BODY, Front
from tests.fakes.tasks import PAYLOAD


class AnyPayload(ConnectorPayload):
    """A payload that takes whatever it is given, as a vendor's free variables do."""

    model_config = ConfigDict(extra="allow")

    @property
    def deployed(self) -> tuple[str, ...]:
        return ("anything",)


def payload(**changes: Any) -> dict[str, Any]:
    return {"connector_type": "intune", "payload": {**PAYLOAD, **changes}}


def test__post__everything_wrong__lists_every_fault_at_once(front: Front) -> None:
    answer = front.post(
        {
            "connector_type": "intune",
            "payload": {"app_id": "x", "intent": "perhaps", "extra": 1},
            "deadline_seconds": 0,
            "on_fire": True,
            "a": 1,
        }
    )

    assert answer.status == 400
    assert set(answer.faults) == {
        "/a",
        "/on_fire",
        "/deadline_seconds",
        "/payload/app_id",
        "/payload/group_id",
        "/payload/intent",
        "/payload/extra",
    }
    assert front.store.tasks == {}


def test__post__empty_object__lists_what_is_required() -> None:
    assert Front({"intune": lambda: AnyPayload}).post({}).faults == {
        "/connector_type": "required; known: intune",
        "/payload": "required",
    }


@pytest.mark.parametrize("name", ["jamf", "", "INTUNE", "\ud800", "\x00", None, 1, ["intune"], {}])
def test__post__unknown_connector__lists_the_known_ones(name: Any) -> None:
    front = Front({"intune": lambda: AnyPayload, "ansible": lambda: AnyPayload})
    answer = front.post({**BODY, "connector_type": name})

    assert answer.status == 400
    assert answer.faults == {"/connector_type": "unknown; known: ansible, intune"}


def test__post__no_connector_configured__says_so() -> None:
    answer = Front({}).post()

    assert answer.faults == {"/connector_type": "unknown; known: none is configured"}


@pytest.mark.parametrize("value", [None, 1, "text", [], [PAYLOAD], True])
def test__payload__not_an_object__points_at_the_payload(front: Front, value: Any) -> None:
    assert list(front.post({**BODY, "payload": value}).faults) == ["/payload"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("app_id", 5),
        ("app_id", ""),
        ("app_id", "\x00" * 36),
        ("group_id", None),
        ("group_id", [PAYLOAD["group_id"]]),
        ("intent", "REQUIRED"),
        ("intent", ["required"]),
        ("await_installation", None),
        ("await_installation", "true"),
        ("await_installation", 1),
    ],
)
def test__payload__wrong_type_or_value__points_at_the_field(
    front: Front, field: str, value: Any
) -> None:
    assert list(front.post(payload(**{field: value})).faults) == [f"/payload/{field}"]


@pytest.mark.parametrize("field", ["app_id", "group_id", "intent"])
@pytest.mark.parametrize("text", ["\ud800", "\udfff x", "a\x00b", "\U0010ffff"])
def test__payload__strange_characters__is_400_and_never_a_crash(
    front: Front, field: str, text: str
) -> None:
    answer = front.post(payload(**{field: text}))

    assert answer.status == 400
    assert all(pointer.startswith("/payload") for pointer in answer.faults)


@pytest.mark.parametrize(
    ("name", "pointer"),
    [("a/b", "/a~1b"), ("m~n", "/m~0n"), ("", "/"), ("\x00", "/\x00"), ("\ud800", "/\ud800")],
)
def test__unknown_field__strange_name__is_escaped_as_a_json_pointer(
    front: Front, name: str, pointer: str
) -> None:
    assert list(front.post({**BODY, name: 1}).faults) == [pointer]


def test__unknown_field__in_the_payload__is_escaped_as_a_json_pointer(front: Front) -> None:
    assert list(front.post(payload(**{"a/b~": 1})).faults) == ["/payload/a~1b~0"]
    assert list(front.post(payload(**{"": 1})).faults) == ["/payload/"]


def test__await_installation__of_an_available_app__is_refused(front: Front) -> None:
    answer = front.post(payload(intent="available", await_installation=True))

    assert list(answer.faults) == ["/payload"]
    assert "nothing to await" in answer.faults["/payload"]


@pytest.mark.parametrize("intent", ["required", "uninstall"])
def test__await_installation__of_others__is_accepted(front: Front, intent: str) -> None:
    assert front.post(payload(intent=intent, await_installation=True)).status == 202


@pytest.mark.parametrize("seconds", [900, 86400])
def test__deadline__bounds_themselves__are_accepted(front: Front, seconds: int) -> None:
    front.post({**BODY, "deadline_seconds": seconds})

    (task,) = front.store.tasks.values()
    assert (task.deadline - front.clock.now()).total_seconds() == seconds


@pytest.mark.parametrize("seconds", [899, 86401, 0, -900, 10**300, True, "900", None, [900]])
def test__deadline__outside_or_no_whole_number__names_the_bounds(
    front: Front, seconds: Any
) -> None:
    answer = front.post({**BODY, "deadline_seconds": seconds})

    assert answer.faults == {"/deadline_seconds": "expected a whole number from 900 to 86400"}


@pytest.mark.parametrize("seconds", [True, False])
def test__deadline__a_boolean_where_its_number_would_do__is_refused(seconds: bool) -> None:
    front = Front(deadlines=DeadlineBounds(default=1, least=0, most=1))

    assert list(front.post({**BODY, "deadline_seconds": seconds}).faults) == ["/deadline_seconds"]


@pytest.mark.parametrize("where", ["body", "payload"])
def test__faults__more_than_anyone_reads__are_cut_and_counted(front: Front, where: str) -> None:
    many = {str(number): 1 for number in range(15_000)}
    answer = front.post(payload(**many) if where == "payload" else {**BODY, **many})

    assert answer.status == 400
    assert len(answer.json["errors"]) == MAX_FAULTS
    assert "15000" in answer.json["detail"]


def test__payload__grows_when_written_canonically__is_413_before_anything_is_written() -> None:
    front = Front({"intune": lambda: AnyPayload})
    text = json.dumps({"connector_type": "intune", "payload": {"a": []}})
    grown = text.replace("[]", "[" + ",".join(["1e15"] * 30_000) + "]")

    assert len(grown) < MAX_BODY_BYTES
    assert front.post_text(grown).status == 413
    assert front.store.tasks == {}


def test__payload__free_text_with_nul_and_emoji__is_stored_as_it_came() -> None:
    front = Front({"intune": lambda: AnyPayload})
    answer = front.post({"connector_type": "intune", "payload": {"a": "\x00 \U0001f600"}})

    assert answer.status == 202
    (task,) = front.store.tasks.values()
    assert json.loads(task.input)["command"]["payload"] == {"a": "\x00 \U0001f600"}


def test__payload__free_text_with_half_a_character__is_400() -> None:
    front = Front({"intune": lambda: AnyPayload})

    assert front.post({"connector_type": "intune", "payload": {"a": "\ud800"}}).status == 400


@pytest.mark.parametrize(("given", "stored"), [({}, "wait"), *[
    ({"on_open_circuit": wish}, wish) for wish in ("wait", "fail")
]])  # fmt: skip
def test__on_open_circuit__is_stored_in_the_command(
    front: Front, given: dict[str, str], stored: str
) -> None:
    assert front.post({**BODY, **given}).status == 202

    (task,) = front.store.tasks.values()
    assert json.loads(task.input)["command"]["on_open_circuit"] == stored


def test__on_open_circuit__as_assumed__is_the_same_request(front: Front) -> None:
    first = front.post(BODY, idempotency_key="k")
    again = front.post({**BODY, "on_open_circuit": "wait"}, idempotency_key="k")
    other = front.post({**BODY, "on_open_circuit": "fail"}, idempotency_key="k")

    assert (first.status, again.status, other.status) == (202, 202, 422)
    assert first.json["task_id"] == again.json["task_id"]


@pytest.mark.parametrize("wish", ["WAIT", "", "retry", None, True, 1, ["wait"], {}, "\ud800"])
def test__on_open_circuit__anything_else__names_the_choices(front: Front, wish: Any) -> None:
    answer = front.post({**BODY, "on_open_circuit": wish})

    assert answer.faults == {"/on_open_circuit": 'expected "wait" or "fail"'}
    assert front.store.tasks == {}


def test__deadline__whole_number_written_with_a_point__is_the_whole_number(front: Front) -> None:
    assert front.post({**BODY, "deadline_seconds": 900.0}).status == 202

    (task,) = front.engine.started
    assert (task.deadline - task.created_at).total_seconds() == 900
    assert b'"deadline_seconds":900}' in task.input or b'"deadline_seconds":900,' in task.input
