"""Whom `caplog` hears, as tests/conftest.py has it."""

import logging
import threading
from collections.abc import Callable

import pytest


def elsewhere(say: Callable[[], object]) -> None:
    """Do something in another thread."""
    thread = threading.Thread(target=say)
    thread.start()
    thread.join()


@pytest.mark.parametrize("logger", ["asyncio", "breakwaters"])
def test__library__in_another_thread__is_not_heard(
    logger: str, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere(lambda: logging.getLogger(logger).warning("theirs"))
    logging.getLogger(logger).warning("ours")
    assert caplog.messages == ["ours"]


def test__library__in_a_thread_that_a_test_adds__is_heard(
    caplog: pytest.LogCaptureFixture, heard: set[int]
) -> None:
    def say() -> None:
        heard.add(threading.get_ident())
        logging.getLogger("asyncio").warning("ours")

    elsewhere(say)
    assert caplog.messages == ["ours"]


def test__product__is_heard_in_every_thread(caplog: pytest.LogCaptureFixture) -> None:
    elsewhere(lambda: logging.getLogger("breakwater.services.sweep").warning("ours"))
    assert caplog.messages == ["ours"]
