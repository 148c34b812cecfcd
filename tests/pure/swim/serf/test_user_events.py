"""Serf's user events: passed on once, kept for joiners."""

from random import Random

from gossipchat.swim.config import SwimConfig
from gossipchat.swim.dissemination.queue import Broadcasts
from gossipchat.swim.events import RememberCounter, UserEventHeard
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.swim.serf.lamport import LamportClock
from gossipchat.swim.serf.user_events import MAX_SLOT_BYTES, UserEvents
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import User
from gossipchat.wire.serf.codec import encode_serf
from gossipchat.wire.serf.messages import EventsAt, SerfState, UserEvent
from tests.pure.swim.builders import ME, MY_ADDRESS, counted, notified


def event(ltime: int, name: str = "deploy", payload: bytes | None = b"x") -> UserEvent:
    return UserEvent(ltime, name, payload, coalesce=True)


class Ring:
    """The ring, and what it passed on."""

    def __init__(self, config: SwimConfig | None = None, heard: int | None = 0) -> None:
        members = Members(Entry(ME, MY_ADDRESS), Random(0))
        config = config or SwimConfig.lan()
        self.told = Broadcasts(config, members, 1400)
        clock = LamportClock("event-clock", 1)
        self.events = UserEvents(config, self.told, clock, heard)
        self.heard: list[UserEventHeard] = []

    def hear(self, said: UserEvent) -> list[str]:
        effects = self.events.hear(said, encode_serf(said))
        self.heard += notified(effects, UserEventHeard)
        return counted(effects)

    @property
    def passed_on(self) -> int:
        return len(self.told.events)


def test_an_event_is_passed_on_once_as_it_came() -> None:
    """Slot LTime mod 512, same LTime, Name and Payload: a duplicate."""
    ring = Ring()
    ring.hear(event(5))
    ring.hear(event(5))
    assert ring.passed_on == 1
    assert ring.told.batch() == (encode(User(encode_serf(event(5)))),)


def test_events_of_one_time_are_told_apart() -> None:
    """By name and payload; a nil payload is not an empty one."""
    ring = Ring()
    for said in (event(5), event(5, "other"), event(5, payload=None)):
        ring.hear(said)
    assert ring.passed_on == 3
    assert len(ring.events.recent()[0].events) == 3


def test_the_clock_follows() -> None:
    """witness()."""
    ring = Ring()
    ring.hear(event(40))
    assert ring.events.clock.value == 41


def test_what_is_older_than_the_ring_is_dropped() -> None:
    """LTime < clock - 512: nobody could tell whether it is new."""
    ring = Ring()
    ring.hear(event(1000))
    ring.hear(event(488))
    ring.hear(event(489))
    assert {at.ltime for at in ring.events.recent()} == {489, 1000}


def test_a_newer_time_takes_the_slot() -> None:
    """And an older one does not get it back."""
    ring = Ring()
    for ltime in (5, 5 + 512, 5):
        ring.hear(event(ltime))
    assert ring.events.recent() == (EventsAt(517, (("deploy", b"x"),)),)
    assert ring.passed_on == 2


def test_the_ring_is_listed_in_its_order() -> None:
    """As Serf lists its raw ring."""
    ring = Ring()
    for ltime in (514, 7, 513):
        ring.hear(event(ltime))
    assert [at.ltime for at in ring.events.recent()] == [513, 514, 7]


def test_a_replayed_event_is_kept_but_not_passed_on() -> None:
    """It came with a push/pull: everyone has its own."""
    ring = Ring()
    ring.events.hear(event(5), None)
    assert ring.passed_on == 0
    assert len(ring.events.recent()) == 1


def test_the_ring_is_bounded_in_bytes() -> None:
    """In all, and for each time; and room comes back when slots are reused."""
    ring = Ring(SwimConfig(max_event_bytes=100_000))
    big = bytes(9_000)
    answers = [ring.hear(event(ltime, payload=big)) for ltime in range(1, 15)]
    assert answers.count(["dropped.events-full"]) == 3
    assert ring.hear(event(513, payload=big)) == []
    ring = Ring()
    for number in range(10):
        ring.hear(event(5, payload=big + bytes([number])))
    said = ring.events.recent()[0].events
    assert sum(len(payload or b"") for _, payload in said) <= MAX_SLOT_BYTES


def test_an_event_that_fits_no_packet_is_not_passed_on() -> None:
    """It sits in memberlist's queue for ever; ours takes what it can send."""
    ring = Ring()
    ring.hear(event(5, payload=bytes(1400)))
    assert ring.passed_on == 0
    assert len(ring.events.recent()) == 1


def test_no_event_winds_the_clock_up() -> None:
    """All later ones would be too old."""
    ring = Ring()
    assert ring.hear(event(2**63)) == ["dropped.ltime"]
    assert ring.events.clock.value == 1


def test_an_event_is_heard_once() -> None:
    """Whatever way it comes again."""
    ring = Ring()
    for said in (event(5), event(6, "other", None), event(5)):
        ring.hear(said)
    ring.events.hear(event(5), None)
    assert ring.heard == [
        UserEventHeard(5, "deploy", b"x", coalesce=True),
        UserEventHeard(6, "other", b"", coalesce=True),
    ]


def test_the_next_life_hears_nothing_twice() -> None:
    """The newest time heard goes to the disk; what is not newer is known."""
    ring = Ring()
    ring.hear(event(5))
    assert ring.events.to_store() == [RememberCounter("event-heard", 5)]
    assert ring.events.to_store() == []
    again = Ring(heard=5)
    again.events.met(SerfState(0, event_ltime=100))
    for ltime in (4, 5, 6):
        again.hear(event(ltime))
    assert [heard.ltime for heard in again.heard] == [6]


def test_a_new_node_does_not_hear_what_was_said_before_it_came() -> None:
    """Serf's agents ignore old events when they join; only the first time here."""
    ring = Ring(heard=None)
    ring.events.met(SerfState(0, event_ltime=100))
    ring.events.met(SerfState(0, event_ltime=200))
    for ltime in (99, 100):
        ring.hear(event(ltime))
    assert [heard.ltime for heard in ring.heard] == [100]
    assert ring.events.to_store() == [RememberCounter("event-heard", 100)]


def test_a_new_node_hears_who_has_not_met_a_clock_that_leapt() -> None:
    """A restart puts a clock 64 ahead; what was said before ends with the newest."""
    ring = Ring(heard=None)
    said = (EventsAt(2, (("deploy", b"x"),)),)
    ring.events.met(SerfState(0, event_ltime=66, events=said))
    for ltime in (2, 3):
        ring.hear(event(ltime))
    assert [heard.ltime for heard in ring.heard] == [3]
