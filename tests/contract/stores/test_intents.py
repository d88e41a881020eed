"""What every IntentStore promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from breakwater.domain.errors import PermanentError
from breakwater.domain.risk_facts import Health
from tests.contract.stores.conftest import Stores
from tests.fakes.risk import a_score, an_intent
from tests.fakes.tasks import NOW
from tests.fakes.threads import at_once


def test__create__read_back__as_it_was_stated(stores: Stores) -> None:
    intent = an_intent(note="ü\x00😀")
    assert stores.intents.create(intent) == intent
    assert stores.intents.get(intent.intent_id) == intent


def test__get__nothing_there__is_none(stores: Stores) -> None:
    assert stores.intents.get(an_intent().intent_id) is None


def test__create__same_id_again__the_first_one_stands(stores: Stores) -> None:
    first = stores.intents.create(an_intent(key="k"))
    later = an_intent(key="k", now=NOW + timedelta(days=400), rollback="none")
    assert later.intent_id == first.intent_id
    assert stores.intents.create(later) == first
    assert stores.intents.get(first.intent_id) == first


def test__put_score__is_read_back_and_changes_the_revision(stores: Stores) -> None:
    intent = stores.intents.create(an_intent())
    scored = a_score(1)
    assert stores.intents.put_score(intent.intent_id, scored) == scored
    expected = replace(intent, scored=scored, revision=1)
    assert stores.intents.get(intent.intent_id) == expected


def test__create__after_a_score__leaves_it_alone(stores: Stores) -> None:
    intent = stores.intents.create(an_intent(key="k"))
    stores.intents.put_score(intent.intent_id, a_score(1))
    assert stores.intents.create(an_intent(key="k")).scored == a_score(1)


def test__put_score__same_order_again__the_first_one_stands(stores: Stores) -> None:
    intent = stores.intents.create(an_intent())
    first, second = a_score(1), a_score(1, health=Health.OPEN)
    stores.intents.put_score(intent.intent_id, first)
    assert stores.intents.put_score(intent.intent_id, second) == first
    standing = stores.intents.get(intent.intent_id)
    assert standing is not None
    assert (standing.scored, standing.revision) == (first, 1)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test__put_score__of_two_tasks__the_one_asked_for_last_stands(
    stores: Stores, order: tuple[int, int]
) -> None:
    intent = stores.intents.create(an_intent())
    answers = [stores.intents.put_score(intent.intent_id, a_score(number)) for number in order]
    assert answers[-1] == a_score(2)
    standing = stores.intents.get(intent.intent_id)
    assert standing is not None
    assert standing.scored == a_score(2)


def test__put_score__no_such_intent__is_refused_and_nothing_is_made(stores: Stores) -> None:
    missing = an_intent().intent_id
    with pytest.raises(PermanentError):
        stores.intents.put_score(missing, a_score(1))
    assert stores.intents.get(missing) is None


def test__put_score__many_at_once__one_stands_and_it_is_the_last_one(stores: Stores) -> None:
    intent = stores.intents.create(an_intent())
    at_once(8, lambda number: stores.intents.put_score(intent.intent_id, a_score(number)))
    standing = stores.intents.get(intent.intent_id)
    assert standing is not None
    assert standing.scored == a_score(7)
