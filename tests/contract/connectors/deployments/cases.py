"""Tests that are asked of every vendor, and of each of its own calls."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from tests.contract.connectors.subject import Subject, subjects


def every(
    names: str,
    cases: Callable[[Subject[Any]], Iterable[tuple[Any, ...]]],
    *,
    more: Sequence[Subject[Any]] = (),
) -> pytest.MarkDecorator:
    """Parametrise a test by `subject` and, of each, by `names`; `more` are asked as well."""
    return pytest.mark.parametrize(
        ("subject", *names.split(", ")),
        [
            pytest.param(subject, *case, id="-".join(map(str, (subject, *case))))
            for subject in (*subjects(), *more)
            for case in cases(subject)
        ],
    )
