"""Ctrl-C: the first is noticed, the second ends at once."""

import os
import signal

import pytest

from convlab.commands import ending


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_is_noticed_and_the_second_is_as_ever(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with ending.noticed() as ended:
        assert not ended()
        os.kill(os.getpid(), number)
        assert ended()
        assert signal.getsignal(number) == before
    assert signal.getsignal(number) == before
