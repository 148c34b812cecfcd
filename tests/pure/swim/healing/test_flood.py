"""A HEAL is passed on once, obeyed, and said by few of many."""

from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import NodeName
from gossipchat.swim.events import (
    FrameHeard,
    LinkMade,
    OpenStream,
    SendOverLinks,
    StreamAnswered,
)
from gossipchat.swim.healing.flood import (
    HEALS_A_SECOND,
    LOOK_AGAIN,
    STORM,
    LookAgainDue,
)
from gossipchat.wire.memberlist.messages import (
    Ping,
    PushPull,
    State,
)
from gossipchat.wire.ours.membership_frames import (
    Claims,
    Heal,
)
from tests.pure.swim.builders import (
    BOB,
    ME,
    Driven,
    address_of,
    alive,
    counted,
    dead,
    key_of,
    of_kind,
    proven,
    secret_of,
    sent_to,
    suspect,
)
from tests.pure.swim.healing.builders import (
    BOBS_KEY,
    HEALS,
    NONCE,
    PEER,
    PLAIN,
    frames,
    greeted,
    heals_of,
    listed,
    tagged,
)


def looking_again(others: int) -> tuple[Driven, dict[str, int]]:
    """Bob's side held anna and dora dead, but *others* said HEALs before we could."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    for number in range(others):
        node.feed(FrameHeard(PEER, Heal(number.to_bytes(8), ((NodeName("m"), 1),))))
    alive_there = [listed(BOB, State.ALIVE), listed("carl", State.ALIVE)]
    dead_there = [listed("anna", State.DEAD, 3), listed("dora", State.DEAD, 3)]
    theirs = PushPull(False, (*alive_there, *dead_there))
    effects = node.feed(StreamAnswered(stream, theirs))
    assert not [frame for frame in frames(effects) if isinstance(frame, Heal)]
    (look,) = (one for one in of_kind(effects, StartTimer) if is_look(one))
    assert LOOK_AGAIN <= look.delay <= 2 * LOOK_AGAIN
    return node, {BOB: 1, "anna": 3, "dora": 3}


def is_look(timer: StartTimer) -> bool:
    return timer.key == LookAgainDue()


def test_who_has_risen_meanwhile_needs_no_heal_of_ours() -> None:
    """Another's HEAL named it: hundreds that find each other need no HEAL each."""
    node, differ = looking_again(others=1)
    for name, incarnation in differ.items():
        node.hear(alive(name, incarnation + 1, meta=proven(name)))
    assert heals_of(node.feed(TimerFired(LookAgainDue()))) == []


def test_who_has_not_is_named_a_moment_later() -> None:
    """A third part differs in others; to beat is what is held of them anywhere."""
    node, differ = looking_again(others=1)
    node.hear(
        alive("anna", 4, meta=proven("anna")), alive("dora", 3, meta=proven("dora"))
    )
    (heal,) = heals_of(node.feed(TimerFired(LookAgainDue())))
    assert dict(heal.named) == {name: differ[name] for name in (BOB, "dora")}
    assert heals_of(node.feed(TimerFired(LookAgainDue()))) == []


def test_who_rose_and_is_suspected_again_is_named_at_what_it_is_now() -> None:
    """Else it would find the HEAL old, and only say what does not beat that."""
    node, _ = looking_again(others=1)
    node.hear(alive("dora", 4, meta=proven("dora")), suspect("dora", 4))
    (heal,) = heals_of(node.feed(TimerFired(LookAgainDue())))
    assert (NodeName("dora"), 4) in heal.named


def test_each_side_that_differs_hears_of_it_by_its_link() -> None:
    """Two of other parts have answered since another's HEAL: one HEAL, told to both."""
    node, effects = greeted()
    first = of_kind(effects, OpenStream)[0].stream
    emil = NodeName("emil")
    pinged = Ping(9, NodeName(ME), address_of(emil), emil)
    node.hear(pinged, source=address_of(emil))
    node.feed(FrameHeard(PEER, Heal(NONCE, ((NodeName("m"), 1),))))
    living = (listed("carl", State.ALIVE), listed("dora", State.ALIVE))
    bobs = (listed(BOB, State.ALIVE), listed("anna", State.DEAD, 3), *living)
    effects = node.feed(StreamAnswered(first, PushPull(False, bobs)))
    second = of_kind(effects, OpenStream)[0].stream
    emils = (listed(emil, State.ALIVE), listed("anna", State.ALIVE), *living)
    node.feed(StreamAnswered(second, PushPull(False, emils)))
    (heal,) = heals_of(node.feed(TimerFired(LookAgainDue())))
    assert {BOB, "anna", emil} <= dict(heal.named).keys()
    for peer in (BOBS_KEY, key_of(secret_of(emil))):
        assert heals_of(node.feed(LinkMade(peer))) == [heal]


def test_a_heal_for_everyone_is_told_to_the_side_that_differs() -> None:
    """It may come from a third part; ours to bob's is the link that is just made."""
    node, _ = looking_again(others=1)
    everyone = Heal(NONCE, (), everyone=True)
    node.feed(FrameHeard(PEER, everyone))
    assert heals_of(node.feed(TimerFired(LookAgainDue()))) == []
    assert heals_of(node.feed(LinkMade(BOBS_KEY))) == [everyone]


def test_after_many_heals_the_next_is_for_everyone() -> None:
    """And whoever waited to look again has nobody left to name."""
    node, _ = looking_again(others=STORM)
    (heal,) = heals_of(node.feed(TimerFired(LookAgainDue())))
    assert (heal.named, heal.everyone) == ((), True)
    other, _ = looking_again(others=STORM)
    other.feed(FrameHeard(PEER, heal))
    assert heals_of(other.feed(TimerFired(LookAgainDue()))) == []


def test_who_is_named_raises_its_incarnation_and_passes_it_on_once() -> None:
    """Above what is held of it anywhere; the same HEAL again does nothing."""
    node = tagged(BOB)
    heal = Heal(NONCE, ((ME, 5),))
    effects = node.feed(FrameHeard(PEER, heal))
    assert node.incarnation(ME) == 6
    assert SendOverLinks(heal, but=PEER) in effects
    claims = [frame for frame in frames(effects) if isinstance(frame, Claims)]
    assert [(one.name, one.incarnation) for one in claims[0].briefs] == [(ME, 6)]
    assert node.feed(FrameHeard(PEER, heal)) == []


def test_no_more_heals_are_passed_on_than_are_known_again() -> None:
    """A flood of them would go round over the links for ever."""
    node = tagged(BOB)
    heals = [Heal(number.to_bytes(8), ()) for number in range(2000)]
    passed = 0
    for _ in range(3):
        heard = [node.feed(FrameHeard(PEER, heal)) for heal in heals]
        passed += sum(len(of_kind(effects, SendOverLinks)) for effects in heard)
        assert counted(heard[-1]) == ["dropped.heals"]
        node.now += 1
    assert passed == 3 * HEALS_A_SECOND
    assert node.feed(FrameHeard(PEER, heals[0])) == []


def test_everyone_raises_once_in_a_while() -> None:
    """Two such HEALs of one cut cost one incarnation."""
    node = tagged(BOB)
    before = node.incarnation(ME) or 0
    node.feed(FrameHeard(PEER, Heal(NONCE, (), everyone=True)))
    node.feed(FrameHeard(PEER, Heal(NONCE[::-1], (), everyone=True)))
    assert node.incarnation(ME) == before + 1


def test_a_heal_drops_the_verdicts_that_wait() -> None:
    """Else they would be told to the other side, which is well."""
    node = tagged(BOB, "carl")
    node.hear(dead(BOB))
    node.feed(FrameHeard(PEER, Heal(NONCE, ())))
    told = [message for _, message in sent_to(node.advance(3))]
    assert dead(BOB) not in told


def test_the_still_dead_are_looked_for() -> None:
    """The only one alive is lowest in any hash."""
    node = Driven(HEALS).start()
    node.hear(*(alive(name, meta=proven(name)) for name in (BOB, "carl")))
    node.hear(dead(BOB), dead("carl"))
    node.feed(FrameHeard(PEER, Heal(NONCE, ())))
    sought = {to for to, m in sent_to(node.advance(0.4)) if isinstance(m, Ping)}
    assert sought >= {address_of(BOB), address_of("carl")}


def test_off_a_heal_is_not_heard() -> None:
    """memberlist's rules alone."""
    node = Driven(PLAIN).start(BOB)
    before = node.incarnation(ME)
    assert node.feed(FrameHeard(PEER, Heal(NONCE, ((ME, 5),)))) == []
    assert node.incarnation(ME) == before
