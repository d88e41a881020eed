"""Names, inputs and items stay within what AWS takes, whatever is posted."""

import json
import re

import pytest

from breakwater.domain.requests import MAX_BODY_BYTES
from tests.contract.aws.payloads import FreePayload
from tests.fakes.front import Front
from tests.fakes.tasks import a_task

MAX_NAME = 80
NAME = re.compile(r"[0-9A-Za-z_-]+")
"""What never has to be escaped, which is stricter than what AWS refuses.
Source: docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
MAX_INPUT_BYTES = 256 * 1024
MAX_CAUSE_BYTES = 32 * 1024
"""A caught error's cause is added to the data that its task runs with."""
MAX_ITEM_BYTES = 400 * 1000
"""Source: docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""


@pytest.mark.parametrize("key", [None, "k" * 255, "é" * 255])
def test__execution_name__whatever_the_key__is_one_that_aws_takes(key: str | None) -> None:
    name = a_task(idempotency_key=key, owner="u" * 255).execution_name

    assert len(name) <= MAX_NAME
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("filler", ["a", "é", "€", "😀", "\x01", '"', "\\"])
def test__largest_body__fits_step_functions_and_an_item(filler: str) -> None:
    front = Front({"intune": lambda: FreePayload})
    ahead = {"connector_type": "intune", "payload": {"a": ""}}
    room = MAX_BODY_BYTES - len(json.dumps(ahead))
    text = json.dumps(filler, ensure_ascii=False)[1:-1]
    filled = text * (room // len(text.encode()))
    answer = front.post_text(json.dumps(ahead).replace('""', f'"{filled}"'))

    (task,) = front.store.tasks.values()
    assert answer.status == 202
    assert len(task.input) > MAX_BODY_BYTES - 200
    assert len(task.input) + MAX_CAUSE_BYTES <= MAX_INPUT_BYTES
    assert len(task.input) + 4096 <= MAX_ITEM_BYTES


def test__number_that_grows_when_written__is_refused_before_it_fits_no_more() -> None:
    front = Front({"intune": lambda: FreePayload})
    for count in (9_000, 12_000, 15_000, 30_000):
        numbers = ",".join(["1e15"] * count)
        body = f'{{"connector_type":"intune","payload":{{"a":"","b":[{numbers}]}}}}'
        assert front.post_text(body).status in {202, 413}

    sizes = [len(task.input) for task in front.store.tasks.values()]
    assert sizes
    assert max(sizes) + MAX_CAUSE_BYTES <= MAX_INPUT_BYTES
