"""The audit says what it could not see, and fails on what it sees."""

import pytest

from infra.audit import Verdict, judge, read

FOUND = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}
CLEAN = {"name": "tenacity", "version": "9.2.1", "vulns": []}
BAD = {"name": "httpx", "version": "0.1", "vulns": [FOUND]}
UNKNOWN = {"name": "pynamodb", "skip_reason": "Dependency not found on PyPI"}


def test__report__is_read() -> None:
    verdict = read({"dependencies": [CLEAN, BAD, UNKNOWN], "fixes": []})

    assert verdict == Verdict(2, 1, ["httpx 0.1: PYSEC-2026-1 (fixed in 2.0)"])


@pytest.mark.parametrize("verdict", [None, Verdict(0, 7, [])])
def test__service_does_not_answer__is_said_and_fails_where_it_is_required(
    verdict: Verdict | None,
) -> None:
    said, may_pass = judge("lock", verdict, required=False)

    assert "NOT audited" in said
    assert may_pass
    assert not judge("lock", verdict, required=True)[1]


@pytest.mark.parametrize("required", [False, True])
def test__vulnerability__fails_always(required: bool) -> None:
    said, may_pass = judge("lock", Verdict(7, 0, ["httpx 0.1: X"]), required=required)

    assert "httpx 0.1: X" in said
    assert not may_pass


def test__some_unknown__is_said() -> None:
    said, may_pass = judge("lock", Verdict(7, 1, []), required=False)

    assert "1 could NOT be audited" in said
    assert may_pass
    assert not judge("lock", Verdict(7, 1, []), required=True)[1]


def test__all_known_and_clean__passes() -> None:
    assert judge("lock", Verdict(7, 0, []), required=True)[1]
