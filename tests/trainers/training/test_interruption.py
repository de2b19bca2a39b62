"""Requests to stop: the first is kept, a later one interrupts, one block's are another's."""

import os
import signal
import threading

import pytest

from lipschitz_trainers.training import interruption
from lipschitz_trainers.training.interruption import stop_requests


def press(number=signal.SIGINT):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_request_is_kept(number):
    before = signal.getsignal(number)
    with stop_requests() as requested:
        assert not requested()
        press(number)
        assert requested()
    assert signal.getsignal(number) is before


def test_a_second_press_interrupts_at_once(monkeypatch):
    monkeypatch.setattr(interruption, "SECONDS_OF_ONE_PRESS", 0.0)
    with pytest.raises(KeyboardInterrupt), stop_requests():
        press()
        press()


def test_a_press_delivered_twice_is_one():
    with stop_requests() as requested:
        press()
        press()
        assert requested()


def test_an_inner_block_shares_the_requests_of_the_outer_one():
    with stop_requests() as outer:
        with stop_requests() as inner:
            press()
            assert inner()
        assert outer()
        with stop_requests() as later:
            assert later()


def test_blocks_one_after_the_other_share_nothing():
    with stop_requests():
        press()
    with stop_requests() as requested:
        assert not requested()


def test_other_threads_have_no_requests():
    seen = []

    def look():
        with stop_requests() as requested:
            seen.append(requested())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [False]
