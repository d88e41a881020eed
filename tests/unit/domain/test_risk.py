"""The risk model's promises, for every deployment that there could be."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.domain.risk import Score, assess, level_of
from breakwater.domain.risk_facts import (
    Criticality,
    Evidence,
    Facts,
    Health,
    History,
    Privilege,
    Provenance,
    Reach,
    Record,
    Ring,
    Rollback,
    Signature,
    Window,
)
from breakwater.domain.risk_levels import Level
from breakwater.domain.risk_model import FACTORS, LEVELS, MODEL

WORDS: dict[str, Any] = {
    "ring": Ring,
    "criticality": Criticality,
    "privilege": Privilege,
    "provenance": Provenance,
    "signature": Signature,
    "evidence": Evidence,
    "rollback": Rollback,
    "window": Window,
    "health": Health,
}
"""The facts that are words, in the order of their risk."""

histories = st.integers(0, 40).flatmap(
    lambda ended: st.builds(History, st.just(ended), st.integers(0, ended))
)
facts_of_all_kinds = st.builds(
    Facts,
    devices=st.integers(1, 10_000_000),
    history=histories,
    **{name: st.sampled_from(list(words)) for name, words in WORDS.items()},
)

SAFEST = Facts(
    devices=1,
    history=History(20, 0),
    **{name: next(iter(words)) for name, words in WORDS.items()},
)
WORST = Facts(
    devices=10_000_000,
    history=History(20, 20),
    **{name: list(words)[-1] for name, words in WORDS.items()},
)


@given(facts_of_all_kinds)
def test__contributions__add_up_to_the_score_and_stay_within_their_weights(facts: Facts) -> None:
    score = assess(facts)
    assert sum(one.points for one in score.factors) == score.score
    assert all(0 <= one.points <= one.weight for one in score.factors)
    assert all(one.reason for one in score.factors)


@given(facts_of_all_kinds)
def test__score__is_between_0_and_100_and_its_level_follows_from_it(facts: Facts) -> None:
    score = assess(facts)
    assert 0 <= score.score <= 100
    assert score.level is level_of(score.score)
    assert score.model == MODEL


@pytest.mark.parametrize("name", WORDS)
@given(data=st.data(), facts=facts_of_all_kinds)
def test__one_fact__gets_riskier__the_score_never_falls(
    name: str, data: st.DataObject, facts: Facts
) -> None:
    words = list(WORDS[name])
    lower = data.draw(st.integers(0, len(words) - 1))
    higher = data.draw(st.integers(lower, len(words) - 1))
    before = assess(replace(facts, **{name: words[lower]}))
    after = assess(replace(facts, **{name: words[higher]}))
    assert before.score <= after.score


@given(facts_of_all_kinds, st.integers(0, 10_000_000))
def test__more_devices__the_score_never_falls(facts: Facts, more: int) -> None:
    after = assess(replace(facts, devices=facts.devices + more))
    assert assess(facts).score <= after.score


@given(facts_of_all_kinds)
def test__one_more_past_failure__the_score_never_falls(facts: Facts) -> None:
    ended, failed = facts.history.ended, facts.history.failed
    another = assess(replace(facts, history=History(ended + 1, failed + 1)))
    assert assess(facts).score <= another.score
    if failed < ended:
        instead = assess(replace(facts, history=History(ended, failed + 1)))
        assert assess(facts).score <= instead.score


@given(facts_of_all_kinds)
def test__one_more_past_success__the_score_never_rises(facts: Facts) -> None:
    more = History(facts.history.ended + 1, facts.history.failed)
    assert assess(replace(facts, history=more)).score <= assess(facts).score


@given(facts_of_all_kinds, st.permutations(FACTORS))
def test__order_of_the_factors__changes_no_contribution(facts: Facts, shuffled: Any) -> None:
    score, other = assess(facts), assess(facts, shuffled)
    assert (score.score, score.level) == (other.score, other.level)
    assert set(score.factors) == set(other.factors)


@given(facts_of_all_kinds)
def test__score__survives_being_written_down(facts: Facts) -> None:
    score = assess(facts)
    assert Score.of(json.loads(json.dumps(score.to_json()))) == score


def test__safest_and_worst__are_0_and_100() -> None:
    assert assess(SAFEST).score == 0
    assert assess(WORST).score == 100
    assert {one.points for one in assess(SAFEST).factors} == {0}
    assert all(one.points == one.weight for one in assess(WORST).factors)


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0, Level.LOW),
        (24, Level.LOW),
        (25, Level.MODERATE),
        (49, Level.MODERATE),
        (50, Level.HIGH),
        (74, Level.HIGH),
        (75, Level.CRITICAL),
        (100, Level.CRITICAL),
    ],
)
def test__level__begins_at_its_score(score: int, level: Level) -> None:
    assert level_of(score) is level


@pytest.mark.parametrize(
    ("devices", "reach"),
    [
        (1, Reach.UP_TO_10),
        (10, Reach.UP_TO_10),
        (11, Reach.UP_TO_100),
        (1_000, Reach.UP_TO_1000),
        (1_001, Reach.UP_TO_10000),
        (10_001, Reach.MORE),
    ],
)
def test__reach__takes_its_limit_in(devices: int, reach: Reach) -> None:
    assert Reach.of(devices) is reach


@pytest.mark.parametrize(
    ("ended", "failed", "record"),
    [
        (0, 0, Record.NEW),
        (1, 0, Record.CLEAN),
        (20, 2, Record.RARE),
        (20, 3, Record.SOME),
        (20, 5, Record.SOME),
        (20, 6, Record.MANY),
        (20, 10, Record.MANY),
        (20, 11, Record.MOST),
        (1, 1, Record.MOST),
    ],
)
def test__record__is_the_share_that_failed(ended: int, failed: int, record: Record) -> None:
    assert History(ended, failed).record is record


def test__reasons__name_the_figures() -> None:
    score = assess(replace(SAFEST, devices=1_200, history=History(20, 3)))
    reasons = {one.factor: one.reason for one in score.factors}
    assert reasons["blast_radius"] == "1,200 devices; a canary ring"
    assert reasons["past_failures"] == "3 of the last 20 deployments failed"
    assert assess(SAFEST).factors[0].reason == "1 device; a canary ring"


def test__table__knows_every_word_in_the_order_of_its_risk() -> None:
    measures = [measure for factor in FACTORS for measure in factor.measures]
    known = {**WORDS, "reach": Reach, "record": Record}
    assert {measure.name for measure in measures} == set(known)
    for measure in measures:
        assert list(measure.grades) == list(known[measure.name])
        points = [grade.points for grade in measure.grades.values()]
        assert points == sorted(points)
        assert points[0] == 0
    assert sum(factor.weight for factor in FACTORS) == 100


def test__table_of_a_version__never_changes() -> None:
    """A changed table needs a new MODEL, or old scores would claim what was never computed."""
    table = [
        [factor.name, measure.name, value.value, grade.points]
        for factor in FACTORS
        for measure in factor.measures
        for value, grade in measure.grades.items()
    ]
    levels = [[level.value, least] for level, least in LEVELS.items()]
    digest = sha256(json.dumps([table, levels]).encode()).hexdigest()
    assert {MODEL: digest[:16]} == {"1": "7a386c064b6a2df0"}
