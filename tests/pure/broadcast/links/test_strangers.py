"""Members without a link: digests by datagram, and dialling back on request."""

from random import Random

from gossipchat.broadcast import events as happened
from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import Dial, LinkOpened
from gossipchat.broadcast.links.overlay import MAX_ASKED_BACK
from gossipchat.broadcast.links.strangers import IN_TALK, Strangers
from gossipchat.wire.ours.datagrams import (
    DatagramReceived,
    DialBack,
    DigestTold,
    SendDatagram,
)
from tests.pure.broadcast.builders import (
    HERE,
    ME,
    Machine,
    feed_of,
    holdings_with,
    key,
)

OURS, THEIRS = b"o" * 32, b"t" * 32


def test_two_differing_answers_in_a_row_ask_for_a_link() -> None:
    """Of one member, which is asked again; an equal digest is not answered."""
    strangers = Strangers(Random(1))
    (first,) = strangers.ask([key(1), key(2), key(3)], OURS)
    asked = first.to
    assert first == SendDatagram(asked, DigestTold(OURS))
    answer = DigestTold(THEIRS, answer=True)
    assert strangers.told(asked, answer, OURS, True) == ([], False)
    assert strangers.ask([key(1), key(2), key(3)], OURS) == [first]
    assert strangers.told(asked, answer, OURS, True) == ([], True)


def test_while_something_is_said_it_takes_more_of_them() -> None:
    """What is on its way makes any two differ."""
    strangers = Strangers(Random(1))
    answer = DigestTold(THEIRS, answer=True)
    for _ in range(IN_TALK - 1):
        strangers.ask([key(1)], OURS)
        assert strangers.told(key(1), answer, OURS, False) == ([], False)
    assert strangers.told(key(1), answer, OURS, False) == ([], True)


def test_silence_means_that_all_is_well() -> None:
    """Who differed once and not again, or is linked now, is suspected no more."""
    strangers = Strangers(Random(1))
    strangers.ask([key(1)], OURS)
    strangers.told(key(1), DigestTold(THEIRS, answer=True), OURS, True)
    strangers.ask([key(1)], OURS)
    strangers.told(key(1), DigestTold(OURS, answer=True), OURS, True)
    strangers.ask([key(1)], OURS)
    answer = DigestTold(THEIRS, answer=True)
    assert strangers.told(key(1), answer, OURS, True) == ([], False)
    assert strangers.told(key(2), answer, OURS, True) == ([], False)
    assert strangers.ask([], OURS) == []


def test_who_differs_is_answered() -> None:
    """And who holds the same is not."""
    strangers = Strangers(Random(1))
    answer = SendDatagram(key(1), DigestTold(OURS, answer=True))
    assert strangers.told(key(1), DigestTold(THEIRS), OURS, True) == ([answer], False)
    assert strangers.told(key(1), DigestTold(OURS), OURS, True) == ([], False)


def came(machine: Machine, sender: int, back: DialBack) -> list[object]:
    return [*machine.feed(DatagramReceived(key(sender), HERE, back))]


def test_a_failed_dial_asks_the_member_to_dial_back() -> None:
    """Itself, and through a neighbour."""
    machine = Machine.linked(1)
    machine.up(200)
    machine.effects.clear()
    machine.feed(happened.DialFailed(key(200), "timed out"))
    back = DialBack(ME, key(200))
    assert machine.all(SendDatagram) == [
        SendDatagram(key(200), back),
        SendDatagram(key(1), back),
    ]


def test_who_is_asked_dials_once_and_asks_nobody_back() -> None:
    """Or two that can't reach each other would keep each other busy."""
    machine = Machine()
    machine.up(3)
    back = DialBack(key(3), ME)
    assert came(machine, 5, back) == [Dial(key(3), HERE)]
    assert came(machine, 5, back) == []
    effects = machine.feed(happened.DialFailed(key(3), "timed out"))
    assert not any(isinstance(effect, SendDatagram) for effect in effects)
    assert came(machine, 5, back) == []


def test_strangers_make_nobody_dial() -> None:
    """Only members are dialled, and only the asker's own word is passed on."""
    machine = Machine()
    machine.up(3)
    assert came(machine, 3, DialBack(key(9), ME)) == []
    back = DialBack(key(3), key(4))
    assert came(machine, 3, back) == [SendDatagram(key(4), back)]
    assert came(machine, 4, back) == []


def test_members_have_room_that_strangers_can_not_take() -> None:
    """Authors that others vouch for fill a part of the table only."""
    holdings = holdings_with([], BroadcastConfig(max_authors=8, max_vouched=6))
    for number in range(1, 9):
        if holdings.has_room_for(feed_of(number)):
            holdings._open(feed_of(number), feed_of(number))
    assert not holdings.has_room_for(feed_of(8))
    holdings.admit(key(8))
    assert holdings.has_room_for(feed_of(8))


def test_of_many_who_ask_to_be_dialled_some_are() -> None:
    """They may all have been made up by one, at addresses of others."""
    machine = Machine()
    machine.up(*range(1, 100), *range(101, 200))
    machine.effects.clear()
    for number in (*range(1, 100), *range(101, 200)):
        came(machine, number, DialBack(key(number), ME))
    assert len(machine.all(Dial)) == MAX_ASKED_BACK


def test_a_member_takes_the_place_of_one_that_nobody_knows() -> None:
    """Places for links that others dial are for the cluster."""
    machine = Machine()
    members, strangers = range(1, 30), range(120, 220)
    machine.up(*members)
    for number in strangers:
        machine.feed(LinkOpened(number, key(number), dialled=False))
    held = len(machine.core.links())
    assert held < len(strangers)
    for number in members:
        machine.feed(LinkOpened(number, key(number), dialled=False))
    linked = machine.core.links()
    assert len(linked) == held
    assert set(linked) < {key(number) for number in members}
