"""A node's reactor goes by a clock that nobody can set."""

from twisted.internet.base import ReactorBase

from gossipchat.node.steady import forward, go_by


class Reactor(ReactorBase):
    """Twisted's calls, by the clock of the day; it waits for nothing else."""

    def __init__(self) -> None:
        self.day = 1_800_000_000.0
        super().__init__()

    def installWaker(self) -> None:
        """Nobody wakes it."""

    def seconds(self) -> float:
        return self.day


def test_a_clock_that_is_set_holds_no_call_up_and_hastens_none() -> None:
    """Whether it was asked for before or after, back or ahead."""
    reactor, steady, came = Reactor(), [17.0], list[str]()
    reactor.callLater(5, came.append, "asked before")
    put_off = reactor.callLater(1, came.append, "put off")
    go_by(lambda: steady[0], reactor)
    reactor.callLater(6, came.append, "asked after")
    for set_to in (0.0, 3_600_000_000.0):
        reactor.day = set_to
        reactor.runUntilCurrent()
        assert came == []
    put_off.reset(8)
    for after, one_more in ((5, "asked before"), (6, "asked after"), (8, "put off")):
        steady[0] = 17.0 + after
        reactor.runUntilCurrent()
        assert came.pop() == one_more
    assert came == []


def test_the_clock_of_a_node_goes_on() -> None:
    """And is not the time of day."""
    clock = forward()
    before = clock()
    assert before <= clock() < 1_000_000_000
