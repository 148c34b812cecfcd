"""Each side asks the other for the time; the answer tells how far apart they are."""

from twisted.internet.task import Clock as Hands

from gossipchat.transport.links.pulse import LONGEST_ROUND_TRIP, Pulse
from gossipchat.transport.turns import Turns
from gossipchat.wire.ours.frames import Clock

EPOCH_MS = 1_800_000_000_000


class Side:
    """One end; what it sends lies in ``sent`` until somebody carries it over."""

    def __init__(self, hands: Hands, ahead: float = 0.0) -> None:
        self.hands = hands
        self.ahead = ahead
        self.sent: list[Clock] = []
        self.read: list[float] = []
        self.turns = Turns(hands)
        self.pulse = Pulse(
            self.turns, hands.seconds, self.wall_ms, self.sent.append, self.read.append
        )

    def wall_ms(self) -> int:
        return EPOCH_MS + round((self.hands.seconds() + self.ahead) * 1000)

    def hand_to(self, other: "Side") -> None:
        for frame in self.sent:
            other.pulse.hear(frame)
        self.sent.clear()


def pair(ahead: float) -> tuple[Hands, Side, Side]:
    hands = Hands()
    ours, theirs = Side(hands), Side(hands, ahead)
    ours.pulse.start(120, first=True)
    return hands, ours, theirs


def test_the_difference_is_read_at_once() -> None:
    """When the link opens; half of the round trip is taken off."""
    hands, ours, theirs = pair(ahead=3600.0)
    hands.advance(0.1)
    ours.hand_to(theirs)
    hands.advance(0.1)
    theirs.hand_to(ours)
    assert ours.read == [3600.0]
    assert theirs.read == []


def test_it_is_asked_again_and_again_until_the_end() -> None:
    """Every interval; the other side half an interval beside."""
    hands, ours, theirs = pair(0)
    theirs.pulse.start(120, first=False)
    asked = []
    for second in range(1, 301):
        hands.advance(1)
        asked += [second] * (len(ours.sent) + len(theirs.sent) - 2)
        del ours.sent[1:], theirs.sent[1:]
    assert asked == [60, 120, 180, 240, 300]
    ours.pulse.stop()
    theirs.pulse.stop()
    assert not hands.getDelayedCalls()


def test_an_answer_that_took_long_says_nothing() -> None:
    """The process was stopped, or the network was cut, while it waited."""
    hands, ours, theirs = pair(0)
    ours.hand_to(theirs)
    hands.advance(LONGEST_ROUND_TRIP + 0.1)
    theirs.hand_to(ours)
    assert ours.read == []


def test_a_clock_that_was_set_meanwhile_says_nothing() -> None:
    """Our own, between question and answer."""
    _, ours, theirs = pair(0)
    ours.hand_to(theirs)
    ours.ahead = 60.0
    theirs.hand_to(ours)
    assert ours.read == []


def test_only_the_answer_that_is_waited_for_counts() -> None:
    """Neither a second one nor one that answers nothing."""
    _, ours, theirs = pair(5.0)
    ours.pulse.hear(Clock(77, EPOCH_MS, answers=True))
    ours.hand_to(theirs)
    answer = theirs.sent[0]
    ours.pulse.hear(answer)
    ours.pulse.hear(answer)
    assert ours.read == [5.0]


def test_who_asks_on_and_on_is_answered_once_a_second() -> None:
    """It may not read what we send."""
    hands, _, theirs = pair(0)
    for _ in range(50):
        theirs.pulse.hear(Clock(1, EPOCH_MS))
        hands.advance(0.1)
    assert len(theirs.sent) == 5
