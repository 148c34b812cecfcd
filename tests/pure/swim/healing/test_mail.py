"""A heal without links: HEAL and claims by datagram."""

from collections.abc import Iterable

from gossipchat.names import Address, NodeName
from gossipchat.swim.events import Effect, LinkLost, LinkMade
from gossipchat.swim.healing.mail import HEALS_A_SECOND
from gossipchat.wire.ours.datagrams import Datagram, DatagramReceived, DigestTold, Own
from gossipchat.wire.ours.membership_frames import Claims, Heal
from tests.pure.swim.builders import (
    BOB,
    DEAD,
    ME,
    Driven,
    address_of,
    alive,
    dead,
    proven,
    sent_to,
)
from tests.pure.swim.healing.builders import NONCE, PEER, brief_of, tagged

OTHERS = ("anna", "carl", "dora")


def mailed(effects: Iterable[Effect], kind: type) -> list[tuple[Address, Datagram]]:
    """What went out by datagram, and to where."""
    return [
        (to, message.datagram)
        for to, message in sent_to(effects)
        if isinstance(message, Own) and isinstance(message.datagram, kind)
    ]


def hears(node: Driven, datagram: Datagram) -> list[Effect]:
    return node.feed(DatagramReceived(PEER, address_of("anna"), datagram))


def test_a_heal_is_passed_on_by_datagram_and_obeyed() -> None:
    """Once at once, then some more times; the same again does nothing."""
    node, heal = tagged(*OTHERS), Heal(NONCE, ((ME, 5),))
    effects = hears(node, heal)
    assert node.incarnation(ME) == 6
    assert {to for to, _ in mailed(effects, Heal)} == set(map(address_of, OTHERS))
    assert hears(node, heal) == []
    later = mailed(node.advance(5), Heal)
    assert len(later) == 9
    assert mailed(node.advance(5), Heal) == []


def test_news_of_the_living_goes_along_in_brief() -> None:
    """As often as gossip tells a claim, while the cut heals."""
    node = tagged(*OTHERS)
    hears(node, Heal(NONCE, ((ME, 5),)))
    told = mailed(node.advance(5), Claims)
    claims = [claim for _, claim in told if isinstance(claim, Claims)]
    assert len(claims) == 4
    assert {(b.name, b.incarnation) for one in claims for b in one.briefs} == {(ME, 6)}


def test_a_brief_claim_by_datagram_is_believed() -> None:
    """As an alive by gossip would be; of who is not known nothing is."""
    node = tagged(BOB, *OTHERS)
    node.hear(dead(BOB))
    briefs = (
        brief_of(alive(BOB, 2, meta=proven(BOB))),
        brief_of(alive("emil", 2, meta=proven("emil"))),
    )
    hears(node, Claims(briefs))
    assert node.incarnation(BOB) == 2 and node.status(BOB) is not DEAD
    assert node.status("emil") is None


def test_who_has_a_link_sends_none_of_it() -> None:
    """Links carry it; without them again, datagrams do."""
    node, heal = tagged(*OTHERS), Heal(NONCE, ((ME, 5),))
    node.feed(LinkMade(PEER))
    effects = [*hears(node, heal), *node.advance(5)]
    assert mailed(effects, Heal | Claims) == []  # type: ignore[arg-type]
    node.feed(LinkLost(PEER, meant=True))
    assert mailed(hears(node, Heal(NONCE[::-1], ((ME, 9),))), Heal)


def test_members_without_identity_get_none() -> None:
    """To an agent it would be an ack for nothing."""
    node = tagged()
    node.hear(alive(BOB), alive("anna"))
    effects = [*hears(node, Heal(NONCE, ((ME, 5),))), *node.advance(5)]
    assert mailed(effects, object) == []


def test_long_names_do_not_fit_so_everyone_is_meant() -> None:
    """A datagram takes one KiB."""
    node = tagged(*OTHERS)
    named = tuple((NodeName("x" * 120 + str(n)), 1) for n in range(20))
    ((_, heal), *_) = mailed(hears(node, Heal(NONCE, named)), Heal)
    assert isinstance(heal, Heal)
    assert heal.everyone and not heal.named and heal.nonce == NONCE


def test_many_briefs_take_several_datagrams() -> None:
    """None longer than allowed, none forgotten."""
    names = [f"{'y' * 28}{number}" for number in range(40)]
    node = tagged(*names)
    node.hear(*(dead(name) for name in names))
    hears(node, Heal(NONCE, ()))
    node.hear(*(alive(name, 2, meta=proven(name)) for name in names))
    told = [claim for _, claim in mailed(node.advance(20), Claims)]
    briefs = [b.name for one in told if isinstance(one, Claims) for b in one.briefs]
    assert set(names) <= set(briefs)


def test_a_leap_or_a_flood_of_heals_is_not_believed() -> None:
    """Who has the key of the cluster, or where there is none, may say anything."""
    node = tagged(*OTHERS)
    before = node.incarnation(ME)
    hears(node, Heal(NONCE, ((ME, 2_000_000),)))
    assert node.incarnation(ME) == before
    flood = [Heal(bytes([n]) * 8, ()) for n in range(3 * HEALS_A_SECOND)]
    sent = [mail for heal in flood for mail in mailed(hears(node, heal), Heal)]
    assert len(sent) == (HEALS_A_SECOND - 1) * len(OTHERS)


def test_what_is_for_another_room_is_left_alone() -> None:
    """A digest is broadcast's."""
    assert hears(tagged(BOB), DigestTold(bytes(32))) == []
