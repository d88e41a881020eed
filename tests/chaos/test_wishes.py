"""What a run asks for is valid, is of every system, and is told apart at the vendors."""

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from breakwater.registry import PAYLOADS
from infra.local.standins.server import serve
from tests.chaos import deployments, wishes
from tests.chaos.decks import stream


@pytest.fixture(scope="module")
def made() -> list[wishes.Wish]:
    return deployments.to_all(stream(1, "wishes"), 100, deadline_seconds=60)


@pytest.fixture(scope="module")
def control() -> Iterator[httpx.Client]:
    with (
        serve() as standins,
        httpx.Client(base_url=standins.control_url, timeout=5, trust_env=False) as client,
    ):
        yield client


def test__deployments__go_to_every_vendor_and_are_documented_in_both(
    made: list[wishes.Wish],
) -> None:
    assert Counter(wish.service for wish in made) == dict.fromkeys(
        ("intune", "jamf", "sccm", "landscape", "ansible"), 20
    )
    assert {wish.documented_in for wish in made} == {None, "servicenow", "jira"}


def test__deployments__some_share_a_target_and_most_do_not(made: list[wishes.Wish]) -> None:
    payloads = [wish.body["payload"] for wish in made]
    groups = sum("group_id" in payload for payload in payloads if "package" in payload)
    snaps = sum("snaps" in payload for payload in payloads)
    assert 0 < groups < 10
    assert 0 < snaps < 10
    devices = [tuple(p["device_ids"]) for p in payloads if "device_ids" in p]
    assert len(set(devices)) == len(devices) == 20 - groups


def test__payloads__are_what_the_product_takes(made: list[wishes.Wish]) -> None:
    asked = [wish.body["payload"] for wish in made]
    read = [PAYLOADS[wish.service]().model_validate(wish.body["payload"]) for wish in made]
    assert [model.model_dump(mode="json", exclude_unset=True) for model in read] == asked


def test__names__are_nobody_else_s(made: list[wishes.Wish]) -> None:
    assert len({wish.key for wish in made}) == len({wish.correlation_id for wish in made}) == 100
    marks = [mark for wish in made for mark in wish.marks]
    assert len(set(marks)) == len(marks)
    assert all(wish.marks for wish in made)


def test__same_seed__same_wishes(made: list[wishes.Wish]) -> None:
    assert deployments.to_all(stream(1, "wishes"), 100, deadline_seconds=60) == made
    assert deployments.to_all(stream(2, "wishes"), 100, deadline_seconds=60) != made


def test__arranged__the_vendors_take_it(made: list[wishes.Wish], control: httpx.Client) -> None:
    wishes.arrange(control, made)

    apps = {app["id"] for app in control.get("/intune/apps").json()["apps"]}
    assert {wish.body["payload"]["app_id"] for wish in made if wish.service == "intune"} <= apps


def test__syncs__of_both_systems() -> None:
    made = wishes.syncs(stream(1, "syncs"), 4, deadline_seconds=60)

    assert Counter(wish.path for wish in made) == {
        "integrations/servicenow/sync": 2,
        "integrations/jira/sync": 2,
    }
    assert not any(wish.marks for wish in made)


def test__deployments_to_one_vendor__await_nothing() -> None:
    made = deployments.to_one("sccm", stream(1, "one"), 30, deadline_seconds=60)

    assert {wish.service for wish in made} == {"sccm"}
    assert not any("await_installation" in wish.body["payload"] for wish in made)
