"""Later turns can be taken back."""

from twisted.internet.task import Clock

from gossipchat.transport.turns import Turns


def test_a_call_comes_when_it_is_due() -> None:
    """Not before."""
    clock, heard = Clock(), list[str]()
    Turns(clock).later(2, lambda: heard.append("due"))
    clock.advance(1.9)
    assert heard == []
    clock.advance(0.1)
    assert heard == ["due"]


def test_a_call_can_be_taken_back_at_any_time() -> None:
    """Twice, and after it came."""
    clock, heard = Clock(), list[str]()
    turns = Turns(clock)
    take_back = turns.later(2, lambda: heard.append("due"))
    take_back()
    take_back()
    came = turns.soon(lambda: heard.append("soon"))
    clock.advance(3)
    came()
    assert heard == ["soon"]


def test_nothing_is_left_behind_after_a_stop() -> None:
    """Neither what waits nor what is asked for later."""
    clock, heard = Clock(), list[str]()
    turns = Turns(clock)
    turns.later(1, lambda: heard.append("before"))
    turns.stop()
    turns.soon(lambda: heard.append("after"))
    assert not clock.getDelayedCalls()
    clock.advance(2)
    assert heard == []
