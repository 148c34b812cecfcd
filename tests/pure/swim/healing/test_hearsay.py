"""What others say of one that we hold alive."""

from dataclasses import replace

from gossipchat.swim.events import StreamReceived
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    NodeState,
    Ping,
    PushPull,
    State,
    Suspect,
)
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    ME,
    SUSPECT,
    Driven,
    address_of,
    alive,
    counted,
    dead,
    plainly_detecting,
    quiet,
    sent_to,
    suspect,
)

HEARSAY = replace(quiet(plainly_detecting()), hearsay=True)


def told_to_bob(effects: object) -> list[type]:
    where = address_of(BOB)
    told = sent_to(effects)  # type: ignore[arg-type]
    return [type(message) for to, message in told if to == where]


def test_a_death_out_of_the_blue_is_a_suspicion() -> None:
    """Bob is told, and may refute before the verdict comes again."""
    node = Driven(HEARSAY).start(BOB, EVE)
    effects = node.hear(dead(BOB), source=address_of(EVE))
    assert node.status(BOB) is SUSPECT
    assert told_to_bob(effects) == [Ping, Suspect]
    node.hear(dead(BOB), source=address_of(EVE))
    assert node.status(BOB) is DEAD


def test_the_death_of_a_suspect_is_believed() -> None:
    """It had its time."""
    node = Driven(HEARSAY).start(BOB, EVE)
    node.hear(suspect(BOB))
    node.hear(dead(BOB))
    assert node.status(BOB) is DEAD


def test_the_dead_accuse_nobody() -> None:
    """Eve speaks from beyond a cut; also just after she came back."""
    node = Driven(HEARSAY, answered=True).start(BOB, EVE)
    node.hear(suspect(EVE, by=BOB))
    node.hear(dead(EVE, by=BOB))
    effects = node.hear(dead(BOB))
    assert node.status(BOB) is ALIVE
    assert "hearsay" in counted(effects)
    node.hear(alive(EVE, 2))
    node.hear(dead(BOB), dead(BOB))
    assert node.status(BOB) is ALIVE
    node.advance(31)
    node.hear(dead(BOB))
    assert node.status(BOB) is SUSPECT


def test_a_goodbye_is_no_hearsay() -> None:
    """Said by the member itself."""
    node = Driven(HEARSAY).start(BOB)
    node.hear(dead(BOB, by=BOB))
    assert node.status(BOB) is not ALIVE


def test_an_imported_death_is_looked_into() -> None:
    """A push/pull that lists bob as dead makes us ask him, not suspect him."""
    node = Driven(HEARSAY).start(BOB)
    theirs = NodeState(BOB, address_of(BOB), b"", 1, State.DEAD, OUR_VSN)
    stream = StreamReceived(1, address_of(EVE), PushPull(False, (theirs,)))
    effects = node.feed(stream)
    assert node.status(BOB) is ALIVE
    assert told_to_bob(effects) == [Ping, Suspect]
    again = node.feed(stream)
    assert told_to_bob(again) == []


def test_what_is_over_is_not_looked_into() -> None:
    """Bob has refuted that already."""
    node = Driven(HEARSAY).start()
    node.hear(alive(BOB, 3))
    theirs = NodeState(BOB, address_of(BOB), b"", 1, State.DEAD, OUR_VSN)
    stream = StreamReceived(1, address_of(EVE), PushPull(False, (theirs,)))
    assert told_to_bob(node.feed(stream)) == []
    assert node.incarnation(ME) == 1
