"""Over links the living are told of in brief, and many together."""

from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import NodeName
from gossipchat.swim.events import (
    FrameHeard,
    SendOverLinks,
)
from gossipchat.swim.healing.claims_by_link import GATHERING, ClaimsDue
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import (
    Alive,
)
from gossipchat.wire.ours.membership_frames import (
    Claims,
    ClaimsWanted,
    Heal,
    Told,
)
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    alive,
    counted,
    dead,
    of_kind,
    proven,
)
from tests.pure.swim.healing.builders import (
    NONCE,
    PEER,
    brief_of,
    frames,
    tagged,
)


def test_a_brief_claim_is_enough_for_who_knows_the_rest() -> None:
    """Dead here at 1; its owner says 2 with the same tags."""
    node = tagged(BOB)
    node.hear(dead(BOB))
    told = brief_of(alive(BOB, 2, meta=proven(BOB)))
    node.feed(FrameHeard(PEER, Claims((told,))))
    assert node.incarnation(BOB) == 2
    assert node.status(BOB) is not DEAD


def test_what_is_learned_in_a_moment_goes_on_together() -> None:
    """The first claim at once, those of the next 10 ms in one frame: not each alone."""
    names = [f"m{number}" for number in range(20)]
    node = tagged(BOB, *names)
    node.feed(FrameHeard(PEER, Heal(NONCE, ((BOB, 0),))))
    effects = []
    for name in names:
        claim = brief_of(alive(name, 7, meta=proven(name)))
        effects += node.feed(FrameHeard(PEER, Claims((claim,))))
    first = [frame for frame in frames(effects) if isinstance(frame, Claims)]
    assert [one.name for frame in first for one in frame.briefs] == names[:1]
    timers = [one for one in of_kind(effects, StartTimer) if one.key == ClaimsDue()]
    assert [one.delay for one in timers] == [GATHERING]
    later = node.feed(TimerFired(ClaimsDue()))
    (rest,) = (frame for frame in frames(later) if isinstance(frame, Claims))
    assert [one.name for one in rest.briefs] == names[1:]
    assert of_kind(later, SendOverLinks)[0].but == PEER
    assert frames(node.feed(TimerFired(ClaimsDue()))) == []


def test_who_is_only_remembered_needs_no_higher_incarnation() -> None:
    """Half a minute after a death memberlist knows nothing of it: so a push/pull brings
    the member at any incarnation, and so it is passed on."""
    node = tagged(BOB)
    node.hear(dead(BOB))
    told = Claims((brief_of(alive(BOB, 1, meta=proven(BOB))),))
    node.feed(FrameHeard(PEER, told))
    assert node.status(BOB) is DEAD
    node.advance(90)
    node.feed(FrameHeard(PEER, told))
    assert node.status(BOB) is ALIVE


def test_the_whole_is_asked_for_and_told() -> None:
    """Of an unknown member, once."""
    node = tagged(BOB)
    dora = brief_of(alive("dora", 4, meta=proven("dora")))
    asked = node.feed(FrameHeard(PEER, Claims((dora,))))
    assert SendOverLinks(ClaimsWanted((NodeName("dora"),)), (PEER,)) in asked
    assert frames(node.feed(FrameHeard(PEER, Claims((dora,))))) == []
    whole = Told((encode(alive("dora", 4, meta=proven("dora"))),))
    node.feed(FrameHeard(PEER, whole))
    assert node.incarnation("dora") == 4
    effects = node.feed(FrameHeard(PEER, ClaimsWanted((NodeName("dora"), BOB))))
    bodies = [
        body for f in frames(effects) if isinstance(f, Told) for body in f.messages
    ]
    names = [m.node for m in map(decode, bodies) if isinstance(m, Alive)]
    assert names == ["dora", BOB]


def test_nonsense_in_a_frame_is_dropped_and_counted() -> None:
    """Only what can be read counts."""
    node = tagged(BOB)
    effects = node.feed(FrameHeard(PEER, Told((b"\xff\xff",))))
    assert counted(effects) == ["dropped.told"]
