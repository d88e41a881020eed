import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.adapters.tracing import VARIABLE, trace_header, trace_headers

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
# W3C's grammar for version 00, in which neither id may be nothing but zeros.
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]")


def test__invocations_header__goes_on_as_it_came() -> None:
    assert trace_header({VARIABLE: TRACE}) == TRACE


def test__lineage_and_order__are_not_passed_on() -> None:
    header = "Lineage=1:a87bd80c:1|68fd508a:5;Sampled=1;" + TRACE.rpartition(";")[0]
    assert trace_header({VARIABLE: header}) == TRACE


def test__traceparent__is_the_same_trace_and_the_functions_own_segment() -> None:
    assert trace_headers({VARIABLE: TRACE}) == {
        "traceparent": "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
    }


@pytest.mark.parametrize("sampled", ["Sampled=0", "Sampled=?", ""])
def test__not_sampled__is_said_so(sampled: str) -> None:
    found = trace_headers({VARIABLE: f"{TRACE.rpartition(';')[0]};{sampled}"})
    assert found["traceparent"].endswith("-00")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Root=;Parent=53995c3f42cd8ad8",
        "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        "Root=1-5759e988-bd862e3fe1be46a994272793\r\nX-Evil: 1;Parent=53995c3f42cd8ad8",
        "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
        "Root=1-5759E988-BD862E3FE1BE46A994272793;Parent=53995c3f42cd8ad8",
    ],
)
def test__no_trace_or_a_malformed_one__nothing_is_sent(header: str) -> None:
    assert trace_header({VARIABLE: header}) is None
    assert trace_headers({VARIABLE: header}) == {}


@pytest.mark.parametrize("parent", ["", ";Parent=0000000000000000", ";Parent=53995c3f42cd8a"])
def test__no_parent__no_traceparent_as_it_needs_one(parent: str) -> None:
    root = TRACE.partition(";")[0]
    assert trace_headers({VARIABLE: f"{root}{parent};Sampled=1"}) == {}


def test__not_traced_at_all__nothing_is_sent() -> None:
    assert (trace_header({}), trace_headers({})) == (None, {})


@given(st.text(max_size=300))
def test__whatever_the_environment_says__what_is_sent_is_well_formed(text: str) -> None:
    for header in (text, f"{TRACE};{text}", f"{text};{TRACE}"):
        told = trace_header({VARIABLE: header})
        # What Step Functions takes: at most 256 characters of ASCII.
        assert told is None or (len(told) <= 256 and told.isascii() and told.isprintable())
        for value in trace_headers({VARIABLE: header}).values():
            assert TRACEPARENT.fullmatch(value)
