"""The inquest: a verdict about a suspect is passed on at once, and believed later."""

from dataclasses import replace

from gossipchat.effects import Stalled
from gossipchat.names import NodeName
from gossipchat.swim.healing.inquest import MOST_INQUESTS
from gossipchat.wire.memberlist.messages import Ack, Dead, Ping, Suspect
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    SUSPECT,
    Driven,
    address_of,
    alive,
    dead,
    plainly_detecting,
    proven,
    quiet,
    sent,
    sent_to,
    suspect,
)

INQUEST = replace(
    quiet(plainly_detecting()),
    path_timeout_most=0.3,
    probe_interval=900.0,
    tell_deaths_at_once=True,
    hearsay=True,
    inquest=True,
)

OTHERS = (EVE, "ann", "joe")


def before_the_verdict(*suspects: str) -> Driven:
    node = Driven(INQUEST).start()
    for name in (*suspects, *OTHERS):
        node.hear(alive(name, meta=proven(name)))
    for name in suspects:
        node.hear(suspect(name))
    node.effects.clear()
    return node


def told(effects: object, name: str) -> list[type]:
    messages = sent_to(effects)  # type: ignore[arg-type]
    return [type(message) for to, message in messages if to == address_of(name)]


def test_a_verdict_is_passed_on_as_it_comes() -> None:
    """To as many as a gossip tick tells: the news waits for nobody's look."""
    node = before_the_verdict(BOB)
    effects = node.hear(dead(BOB))
    where = [to for to, message in sent_to(effects) if isinstance(message, Dead)]
    assert sorted(where) == sorted(address_of(name) for name in OTHERS)
    assert node.status(BOB) is SUSPECT


def test_it_is_believed_when_our_own_pings_bring_nothing() -> None:
    """
    After a path timeout, or half of the longest; the suspect hears what it is accused
    of.
    """
    node = before_the_verdict(BOB)
    assert told(node.hear(dead(BOB)), BOB) == [Ping, Suspect]
    effects = node.advance(0.14)
    assert told(effects, BOB).count(Ping) == 2
    assert node.status(BOB) is SUSPECT
    node.advance(0.02)
    assert node.status(BOB) is DEAD


def test_who_answers_us_is_not_dead() -> None:
    """Whoever says so, and however often; a later verdict is looked into anew."""
    node = before_the_verdict(BOB)
    ping = sent(node.hear(dead(BOB)), Ping)[0]
    node.hear(dead(BOB, by="ann"))
    node.hear(Ack(ping.seq_no), source=address_of(BOB))
    node.advance(5.0)
    assert node.status(BOB) is SUSPECT
    node.hear(dead(BOB))
    node.advance(0.31)
    assert node.status(BOB) is DEAD


def test_who_refutes_meanwhile_is_alive() -> None:
    """The verdict was about an incarnation that is over."""
    node = before_the_verdict(BOB)
    node.hear(dead(BOB))
    node.hear(alive(BOB, 2, proven(BOB)))
    node.advance(5.0)
    assert node.status(BOB) is ALIVE


def test_the_death_of_one_held_alive_is_a_suspicion_first() -> None:
    """And looked into at once: the verdict need not come a second time."""
    node = before_the_verdict()
    node.hear(alive(BOB, meta=proven(BOB)))
    node.hear(dead(BOB))
    assert node.status(BOB) is SUSPECT
    node.advance(0.31)
    assert node.status(BOB) is DEAD


def test_a_goodbye_and_the_untagged_are_believed_at_once() -> None:
    """The first is the member's own word, the second memberlist's timing."""
    node = before_the_verdict(BOB)
    node.hear(alive("old"))
    node.hear(suspect("old"))
    node.hear(dead(BOB, by=BOB), dead("old"))
    assert node.status("old") is DEAD
    assert node.status(BOB) not in (ALIVE, SUSPECT)


def test_a_stall_begins_it_anew() -> None:
    """The answers may be among what we did not hear."""
    node = before_the_verdict(BOB)
    node.hear(dead(BOB))
    node.advance(0.1)
    assert told(node.feed(Stalled(1.0)), BOB) == [Ping, Suspect]
    node.advance(0.1)
    assert node.status(BOB) is SUSPECT
    node.advance(0.06)
    assert node.status(BOB) is DEAD


def test_inquests_are_bounded() -> None:
    """More verdicts than that are believed as in memberlist."""
    names = [f"n{number}" for number in range(MOST_INQUESTS + 3)]
    node = before_the_verdict(*names)
    node.hear(*(dead(name) for name in names))
    believed = [name for name in names if node.status(name) is DEAD]
    assert believed == [NodeName(name) for name in names[-3:]]
