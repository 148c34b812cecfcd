"""After contact: who differs is named, raises its incarnation, and is told of."""

from collections.abc import Iterable
from dataclasses import replace

from gossipchat.effects import StartTimer, TimerFired
from gossipchat.names import AuthorKey, NodeName
from gossipchat.swim.events import (
    Effect,
    FrameHeard,
    LinkMade,
    OpenStream,
    SendOverLinks,
    StreamAnswered,
    WantLink,
)
from gossipchat.swim.healing.brief import brief
from gossipchat.swim.healing.claims_by_link import GATHERING, ClaimsDue
from gossipchat.swim.healing.flood import (
    HEALS_A_SECOND,
    LOOK_AGAIN,
    STORM,
    LookAgainDue,
)
from gossipchat.wire.memberlist.codec import decode, encode
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Ack,
    Alive,
    NodeState,
    Ping,
    PushPull,
    State,
)
from gossipchat.wire.ours.membership_frames import (
    Brief,
    Claims,
    ClaimsWanted,
    Heal,
    MembershipFrame,
    Told,
)
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    ME,
    Driven,
    address_of,
    alive,
    counted,
    dead,
    key_of,
    of_kind,
    plainly_detecting,
    proven,
    quiet,
    secret_of,
    sent_to,
    suspect,
)

PLAIN = quiet(plainly_detecting())
HEALS = replace(PLAIN, contact_tries=1.5, heal=True, claims_by_link=True)
BOBS_KEY = key_of(secret_of(BOB))
PEER = AuthorKey(b"p" * 32)
NONCE = b"12345678"


def frames(effects: Iterable[Effect]) -> list[MembershipFrame]:
    return [said.frame for said in of_kind(effects, SendOverLinks)]


def listed(name: str, state: State, incarnation: int = 1) -> NodeState:
    address = address_of(name)
    meta = proven(name)
    return NodeState(NodeName(name), address, meta, incarnation, state, OUR_VSN)


def tagged(*names: str) -> Driven:
    """A node that knows *names*, each with an identity."""
    node = Driven(HEALS).start()
    node.hear(*(alive(name, meta=proven(name)) for name in names))
    return node


def greeted() -> tuple[Driven, list[Effect]]:
    """Bob, held dead, has answered; anna, carl and dora live here."""
    node = tagged(BOB, "anna", "carl", "dora", "emil")
    node.hear(dead(BOB), dead("emil"))
    for _ in range(40):
        for to, message in sent_to(node.advance(1)):
            if isinstance(message, Ping) and to == address_of(BOB):
                asked = sent_to(node.hear(Ack(message.seq_no), source=to))
                (again,) = [one for _, one in asked if isinstance(one, Ping)]
                return node, node.hear(Ack(again.seq_no), source=to)
            if isinstance(message, Ping) and to != address_of("emil"):
                node.hear(Ack(message.seq_no), source=to)
    raise AssertionError("bob was never pinged")


def test_the_push_pull_lists_the_living_alone() -> None:
    """And a link to who answered is made meanwhile."""
    _, effects = greeted()
    opened = of_kind(effects, OpenStream)[0]
    assert isinstance(opened.message, PushPull)
    names = {node.name for node in opened.message.nodes}
    assert names == {ME, "anna", "carl", "dora"}
    assert of_kind(effects, WantLink) == [WantLink(BOBS_KEY, address_of(BOB))]


def test_who_differs_is_named_to_all() -> None:
    """Dead here or there, with the incarnation to beat; who is dead to both is not."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    theirs = PushPull(
        False,
        (
            listed(BOB, State.ALIVE),
            listed("anna", State.DEAD, 3),
            listed("carl", State.ALIVE),
            listed("emil", State.DEAD),
        ),
    )
    effects = node.feed(StreamAnswered(stream, theirs))
    heal = next(f for f in frames(effects) if isinstance(f, Heal))
    assert dict(heal.named) == {BOB: 1, "anna": 3, "dora": 1}
    assert node.status("anna") is not DEAD
    owed = of_kind(node.feed(LinkMade(BOBS_KEY)), SendOverLinks)
    assert owed[0] == SendOverLinks(heal, (BOBS_KEY,))


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


def heals_of(effects: Iterable[Effect]) -> list[Heal]:
    return [frame for frame in frames(effects) if isinstance(frame, Heal)]


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


def test_who_has_risen_already_is_to_beat_what_the_dead_one_is_held_at() -> None:
    """It need not rise again: saying once more how it lives is enough."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    node.hear(alive("anna", 7, meta=proven("anna")))
    living = (listed("carl", State.ALIVE), listed("dora", State.ALIVE))
    theirs = (listed(BOB, State.ALIVE, 5), listed("anna", State.DEAD, 3), *living)
    (heal,) = heals_of(node.feed(StreamAnswered(stream, PushPull(False, theirs))))
    assert dict(heal.named) == {BOB: 1, "anna": 3}


def test_an_absurd_incarnation_is_not_passed_on() -> None:
    """Its owner would leave the HEAL alone as a leap."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    living = (listed("carl", State.ALIVE), listed("dora", State.ALIVE))
    theirs = (listed(BOB, State.ALIVE), listed("anna", State.DEAD, 2**32 - 1), *living)
    (heal,) = heals_of(node.feed(StreamAnswered(stream, PushPull(False, theirs))))
    assert dict(heal.named) == {BOB: 1}


def test_after_many_heals_the_next_is_for_everyone() -> None:
    """And whoever waited to look again has nobody left to name."""
    node, _ = looking_again(others=STORM)
    (heal,) = heals_of(node.feed(TimerFired(LookAgainDue())))
    assert (heal.named, heal.everyone) == ((), True)
    other, _ = looking_again(others=STORM)
    other.feed(FrameHeard(PEER, heal))
    assert heals_of(other.feed(TimerFired(LookAgainDue()))) == []


def test_nothing_differs_nothing_is_said() -> None:
    """Bob had merely slept."""
    node, effects = greeted()
    stream = of_kind(effects, OpenStream)[0].stream
    alike = [listed(name, State.ALIVE) for name in ("anna", "carl", "dora")]
    node.hear(alive(BOB, 2, meta=proven(BOB)))
    theirs = PushPull(False, (listed(BOB, State.ALIVE, 2), *alike))
    effects = node.feed(StreamAnswered(stream, theirs))
    assert not [frame for frame in frames(effects) if isinstance(frame, Heal)]


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


def test_off_a_heal_is_not_heard() -> None:
    """memberlist's rules alone."""
    node = Driven(PLAIN).start(BOB)
    before = node.incarnation(ME)
    assert node.feed(FrameHeard(PEER, Heal(NONCE, ((ME, 5),)))) == []
    assert node.incarnation(ME) == before


def brief_of(claim: Alive) -> Brief:
    """*claim* in brief, as another node makes it."""
    node = Driven(HEALS).start()
    node.hear(claim)
    entry = node.swim._parts.members.get(claim.node)
    assert entry is not None
    return brief(entry)
