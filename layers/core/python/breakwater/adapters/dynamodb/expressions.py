"""A breaker's intents in DynamoDB's language; `holds` in resilience.store says the same in ours."""

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from breakwater.adapters.dynamodb.models import CircuitItem
from breakwater.resilience.intent import Check, Intent, Op
from breakwater.resilience.store import holds

_COMPARE: Mapping[Op, Callable[[Any, Any], Condition]] = {
    Op.IS: operator.eq,
    Op.AT_LEAST: operator.ge,
    Op.AT_MOST: operator.le,
    Op.BELOW: operator.lt,
    Op.ABOVE: operator.gt,
}


def condition_of(model: type[CircuitItem], intent: Intent) -> Condition:
    """Return what must hold of the item: every check, and one of `either` if there are any."""
    condition = reduce(operator.and_, [_condition(model, check) for check in intent.checks])
    if intent.either:
        condition &= reduce(operator.or_, [_condition(model, check) for check in intent.either])
    return condition


def actions_of(model: type[CircuitItem], intent: Intent) -> list[Action]:
    """Return what changes in the item."""
    actions: list[Action] = []
    for name, value in intent.put.items():
        attribute: Any = getattr(model, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    actions += [getattr(model, name).add(count) for name, count in intent.add.items()]
    return actions


def _condition(model: type[CircuitItem], check: Check) -> Condition:
    attribute: Any = getattr(model, check.attribute)
    absent: Condition = attribute.does_not_exist()
    if check.op is Op.ABSENT or check.value is None:
        return absent
    compared = _COMPARE[check.op](attribute, check.value)
    # An absent attribute counts as its default, which DynamoDB does not know.
    return compared | absent if holds(check, {}) else compared
