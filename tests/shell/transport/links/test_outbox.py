"""When a link may be given more."""

from twisted.internet.task import Clock

from gossipchat.transport.links.outbox import LARGE_BYTES, TICK, Outbox
from gossipchat.transport.turns import Turns

SMALL = 100


class Sender:
    def __init__(self) -> None:
        self.clock = Clock()
        self.drained = 0
        self.outbox = Outbox(Turns(self.clock), self.clock.seconds, self._drained)

    def _drained(self) -> None:
        self.drained += 1


def test_after_a_small_write_there_is_room_at_once() -> None:
    """So nothing is told of later."""
    sender = Sender()
    assert sender.outbox.sent(SMALL)
    assert not sender.clock.getDelayedCalls()


def test_after_a_large_write_room_is_told_of_in_a_later_turn() -> None:
    """The reactor has other work between two of these."""
    sender = Sender()
    assert not sender.outbox.sent(LARGE_BYTES)
    assert sender.drained == 0
    sender.clock.advance(0)
    assert sender.drained == 1


def test_several_sendings_are_told_of_once() -> None:
    """When they were under way together."""
    sender = Sender()
    assert not sender.outbox.sent(LARGE_BYTES)
    assert not sender.outbox.sent(SMALL)
    sender.clock.advance(0)
    assert sender.drained == 1
    assert not sender.clock.getDelayedCalls()


def test_a_full_transport_is_waited_for() -> None:
    """A slow neighbour is given no more until it has taken what it got."""
    sender = Sender()
    sender.outbox.pauseProducing()
    sender.outbox.sent(SMALL)
    sender.clock.advance(1)
    assert sender.drained == 0
    sender.outbox.resumeProducing()
    sender.clock.advance(0)
    assert sender.drained == 1


def test_a_transport_that_fills_up_meanwhile_is_waited_for() -> None:
    """The turn that was asked for before says nothing then."""
    sender = Sender()
    sender.outbox.sent(LARGE_BYTES)
    sender.outbox.pauseProducing()
    sender.outbox.sent(SMALL)
    sender.clock.advance(0)
    assert sender.drained == 0
    sender.outbox.resumeProducing()
    sender.clock.advance(0)
    assert sender.drained == 1


def test_room_that_nobody_waits_for_is_not_told_of() -> None:
    """One for each sending, or fewer."""
    sender = Sender()
    sender.outbox.pauseProducing()
    sender.outbox.resumeProducing()
    assert not sender.clock.getDelayedCalls()


def test_a_closed_outbox_says_nothing() -> None:
    """Not even of what was sent before."""
    sender = Sender()
    sender.outbox.sent(LARGE_BYTES)
    sender.outbox.close()
    sender.clock.advance(0)
    assert sender.drained == 0


def test_small_writes_that_follow_each_other_are_a_tick_apart() -> None:
    """What comes meanwhile goes in one; the first one never waits."""
    sender = Sender()
    assert sender.outbox.sent(SMALL)
    assert not sender.outbox.sent(SMALL)
    sender.clock.advance(0)
    assert sender.drained == 0
    sender.clock.advance(TICK)
    assert sender.drained == 1


def test_large_writes_and_late_ones_need_not_wait() -> None:
    """History flows as fast as the network takes it."""
    sender = Sender()
    for count in range(1, 10):
        sender.outbox.sent(LARGE_BYTES)
        sender.clock.advance(0)
        assert sender.drained == count
    sender.clock.advance(TICK)
    assert sender.outbox.sent(SMALL)
