"""Claims as a node hears them: what it believes, tells, and keeps on disk."""

from dataclasses import replace

import pytest

from gossipchat.names import NodeName
from gossipchat.swim.events import (
    ForgetAsked,
    ForgetMember,
    MemberForgotten,
    RememberMember,
)
from gossipchat.swim.membership.admission import LOOK_INTERVAL
from gossipchat.swim.membership.members import Standing
from gossipchat.wire.memberlist.messages import Alive, Dead, Suspect
from gossipchat.wire.serf.codec import encode_tags
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    LEFT,
    ME,
    SUSPECT,
    Driven,
    address_of,
    alive,
    changes,
    counted,
    dead,
    key_of,
    notified,
    of_kind,
    plainly_detecting,
    proven,
    quiet,
    secret_of,
    sent,
    suspect,
    warnings,
)


def test_a_new_member_is_believed_told_and_kept() -> None:
    """Notify, gossip, and the disk."""
    node = Driven(quiet()).start()
    effects = node.hear(alive(meta=encode_tags({"role": "web"})))
    assert changes(effects) == [("bob", ALIVE)]
    kept = RememberMember(BOB, address_of(BOB), None)
    assert of_kind(effects, RememberMember) == [kept]
    assert BOB in {claim.node for claim in sent(node.advance(1.0), Alive)}
    member = node.swim.member(BOB)
    assert member is not None
    assert member.tags == {"role": "web"}


def test_port_zero_means_the_port_that_all_use() -> None:
    """Replaced by the receiver's, also in what is passed on."""
    node = Driven(quiet()).start()
    node.hear(alive(address=address_of(BOB)._replace(port=0)))
    member = node.swim.member(BOB)
    assert member is not None
    assert member.address.port == 7946
    assert {claim.address.port for claim in sent(node.advance(1), Alive)} == {7946}


def test_unreadable_tags_do_not_cost_the_member() -> None:
    """Serf logs them and keeps the node."""
    node = Driven().start()
    effects = node.hear(alive(meta=b"\xff\x93"))
    assert changes(effects) == [("bob", ALIVE)]
    assert "dropped.tags" in counted(effects)


def test_new_tags_are_shown_and_the_same_again_are_not() -> None:
    """A refutation alone is nothing that people need to know."""
    node = Driven().start(BOB)
    assert changes(node.hear(alive(incarnation=2))) == []
    told = node.hear(alive(incarnation=3, meta=encode_tags({"a": "b"})))
    assert changes(told) == [("bob", ALIVE)]


def test_news_travels_once() -> None:
    """Messages are gossiped on only when they changed something."""
    node = Driven(quiet()).start(BOB, EVE)
    node.advance(5.2)  # the news of bob and eve is out
    node.hear(alive(incarnation=1), suspect(EVE, 0, BOB), dead("nobody", 5))
    effects = node.advance(0.35)
    assert not sent(effects, Alive) + sent(effects, Dead)


def test_life_and_death_of_a_suspect() -> None:
    """Suspected, refuted, suspected again, dead; each is told to people."""
    node = Driven().start(BOB)
    told = []
    for claim in (suspect(), alive(incarnation=2), suspect(incarnation=2)):
        told += changes(node.hear(claim))
    told += changes(node.hear(dead(incarnation=2)))
    assert [status for _, status in told] == [SUSPECT, ALIVE, SUSPECT, DEAD]


@pytest.mark.parametrize(("confirmations", "seconds"), [(0, 24), (1, 11.381), (2, 4)])
def test_four_members_bury_when_the_field_does(
    confirmations: int, seconds: float
) -> None:
    """LAN, n=4: exact in virtual time (a live agent took 11.40 s for one)."""
    node = Driven(quiet(), answered=True).start(BOB, EVE, "joe")
    node.hear(suspect(by=EVE))
    for accuser in ("joe", "me")[:confirmations]:
        node.hear(suspect(by=accuser))
    took = node.advance_until(BOB, DEAD, limit=30.0)
    assert took == pytest.approx(seconds)


def test_a_late_confirmation_buries_at_once() -> None:
    """Refire at once if the time is already past."""
    node = Driven(quiet(), answered=True).start(BOB, EVE, "joe")
    node.hear(suspect(by=EVE))
    node.advance(15.0)
    assert node.status(BOB) is SUSPECT
    node.hear(suspect(by="joe"))
    node.advance(0.0)
    assert node.status(BOB) is DEAD


def test_a_refuted_suspicion_does_not_strike_later() -> None:
    """Its timer finds nothing to do."""
    node = Driven(quiet(), answered=True).start(BOB, EVE, "joe")
    node.hear(suspect(by=EVE))
    node.advance(10)
    node.hear(alive(incarnation=2))
    node.advance(10)
    node.hear(suspect(incarnation=2, by=EVE))
    assert node.status(BOB) is SUSPECT
    assert node.advance_until(BOB, DEAD, limit=60.0) > 20


def test_we_declare_dead_in_our_own_name() -> None:
    """dead(inc, From=us), so that others know who judged."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.hear(suspect(by=EVE))
    node.advance_until(BOB, DEAD, limit=30)
    verdicts = sent(node.advance(1.0), Dead)
    assert {verdict.accuser for verdict in verdicts} == {ME}


def test_each_new_accuser_is_passed_on_and_no_other() -> None:
    """Confirmations matter to everyone's timers."""
    node = Driven(quiet()).start(BOB, EVE, "joe", "ann")
    node.hear(suspect(by=EVE))
    node.hear(suspect(by="joe"))
    node.hear(suspect(by=EVE))
    told = sent(node.advance(0.2), Suspect)
    assert {claim.accuser for claim in told if claim.node == BOB} <= {"joe", ME}


def test_a_goodbye_without_an_intent_shows_as_left() -> None:
    """Its own word; Serf calls it failed until the intent comes, and so do we there."""
    node = Driven().start(BOB)
    node.hear(dead(by=BOB))
    assert node.status(BOB) is LEFT
    entry = node.swim._parts.members.get(BOB)
    assert entry is not None
    assert entry.standing is Standing.FAILED


def test_a_goodbye_corrects_an_accuser() -> None:
    """Dead, said Eve; no, left, says Bob."""
    node = Driven().start(BOB)
    effects = node.hear(dead(by=EVE), dead(by=BOB))
    assert changes(effects) == [("bob", DEAD), ("bob", LEFT)]


def test_a_returned_member_is_alive_again_and_the_disk_is_told() -> None:
    """A restart at the same address."""
    node = Driven().start(BOB)
    gone = node.hear(dead())
    back = node.hear(alive(incarnation=2))
    assert changes(gone + back) == [("bob", DEAD), ("bob", ALIVE)]
    assert len(of_kind(gone, RememberMember)) == len(of_kind(back, RememberMember)) == 1


def test_another_address_for_a_living_name_is_a_conflict() -> None:
    """The old address is kept, nothing is passed on, people are told once."""
    node = Driven(quiet()).start(BOB)
    node.advance(5.2)
    claim = alive(incarnation=9, address=address_of("elsewhere"))
    assert len(warnings(node.hear(claim) + node.hear(claim))) == 1
    member = node.swim.member(BOB)
    assert member is not None
    assert member.address == address_of(BOB)
    assert not sent(node.advance(0.5), Alive)


def test_a_forgotten_member_may_come_back_anywhere() -> None:
    """Once SWIM has forgotten it, memberlist's rules know nothing of it."""
    node = Driven(quiet(), answered=True).start(BOB)
    node.hear(dead(incarnation=7))
    node.advance(40)
    assert node.status(BOB) is DEAD
    node.hear(alive(incarnation=1, address=address_of("elsewhere")))
    assert node.status(BOB) is ALIVE


def test_who_speaks_another_version_is_left_out() -> None:
    """One such entry would fail every push/pull; people are told once."""
    node = Driven().start()
    odd = alive(vsn=(1, 5, 2, 0, 0, 0))
    effects = node.hear(odd, odd)
    assert node.status(BOB) is None
    assert len(warnings(effects)) == 1
    assert counted(effects) == ["dropped.vsn"] * 2


def test_a_leap_of_the_incarnation_is_dropped_and_counted() -> None:
    """Of all three kinds of claims."""
    node = Driven().start(BOB)
    far = 2_000_000
    for claim in (alive(incarnation=far), suspect(incarnation=far), dead(BOB, far)):
        assert counted(node.hear(claim)) == ["dropped.leap"]
    assert node.incarnation(BOB) == 1


def test_the_table_is_bounded_and_the_long_dead_give_way() -> None:
    """max_members, this node included; the living are never driven out."""
    node = Driven(replace(plainly_detecting(), max_members=4)).start("a", "b", "c")
    assert counted(node.hear(alive("d"))) == ["dropped.members-full"]
    node.hear(dead("b"))
    node.advance(LOOK_INTERVAL)
    effects = node.hear(alive("d"))
    assert notified(effects, MemberForgotten) == [MemberForgotten(NodeName("b"))]
    names = [member.name for member in node.swim.members()]
    assert names == ["a", "c", "d", "me"]


def test_a_flood_of_names_has_a_full_table_looked_through_once_a_second() -> None:
    """Or each made-up member would cost a walk over all."""
    node = Driven(replace(plainly_detecting(), max_members=4)).start("a", "b", "c")
    assert counted(node.hear(alive("d"))) == ["dropped.members-full"]
    node.hear(dead("b"), dead("c"))
    assert counted(node.hear(alive("d"))) == ["dropped.members-full"]
    node.advance(LOOK_INTERVAL)
    assert counted(node.hear(alive("d"), alive("e"))) == []
    assert (node.status("b"), node.status("c")) == (None, None)


# --- keys -----------------------------------------------------------------


def test_a_key_is_shown_and_kept() -> None:
    """The tag gc, checked."""
    node = Driven().start()
    effects = node.hear(alive(meta=proven(BOB)))
    key = key_of(secret_of(BOB))
    assert of_kind(effects, RememberMember)[0].key == key
    member = node.swim.member(BOB)
    assert member is not None
    assert member.key == key


@pytest.mark.parametrize("meta", [b"", proven(BOB, secret_of(EVE))])
@pytest.mark.parametrize("state", ["alive", "dead", "forgotten"])
def test_a_pinned_name_keeps_its_key(meta: bytes, state: str) -> None:
    """Another key, or none: neither believed nor passed on; told once."""
    node = Driven(quiet(), answered=True).start()
    node.hear(alive(meta=proven(BOB)))
    if state != "alive":
        node.hear(dead())
    if state == "forgotten":
        node.advance(40)
    node.advance(6)
    before = node.swim.member(BOB)
    impostor = alive(incarnation=5, meta=meta)
    effects = node.hear(impostor) + node.hear(impostor)
    assert len(warnings(effects)) == 1
    assert node.swim.member(BOB) == before
    assert not sent(node.advance(1), Alive)


def test_a_pin_of_the_disk_holds_before_its_member_is_seen() -> None:
    """It is what a restart must not forget."""
    node = Driven(pins={BOB: key_of(secret_of(BOB))}).start()
    node.hear(alive(meta=proven(BOB, secret_of(EVE))))
    assert node.status(BOB) is None
    node.hear(alive(meta=proven(BOB)))
    assert node.status(BOB) is ALIVE


def test_forgetting_frees_the_name() -> None:
    """``forget NAME``: then any key will do."""
    node = Driven().start()
    node.hear(alive(meta=proven(BOB)), dead())
    effects = node.feed(ForgetAsked(BOB))
    assert of_kind(effects, ForgetMember) == [ForgetMember(BOB)]
    assert notified(effects, MemberForgotten) == [MemberForgotten(BOB)]
    node.hear(alive(meta=proven(BOB, secret_of(EVE))))
    assert node.status(BOB) is ALIVE


def test_the_living_are_not_forgotten() -> None:
    """A slip of the finger must not cost a member its pin."""
    node = Driven().start(BOB)
    effects = node.feed(ForgetAsked(BOB)) + node.feed(ForgetAsked(ME))
    assert of_kind(effects, ForgetMember) == []
    assert len(warnings(effects)) == 2
    assert node.status(BOB) is ALIVE


def test_what_is_not_known_can_be_forgotten() -> None:
    """The disk may know more."""
    node = Driven().start()
    assert of_kind(node.feed(ForgetAsked(BOB)), ForgetMember) == [ForgetMember(BOB)]


def test_a_week_after_its_owner_a_name_is_free() -> None:
    """The pin outlives the memory of the member."""
    config = replace(quiet(), dead_timeout=10.0, reap_interval=5.0)
    config = replace(config, pin_lifetime=100.0)
    node = Driven(config, answered=True).start()
    node.hear(alive(meta=proven(BOB)), dead())
    node.advance(90)
    assert node.status(BOB) is None
    node.hear(alive(meta=proven(BOB, secret_of(EVE))))
    assert node.status(BOB) is None
    node.advance(15)
    node.hear(alive(meta=proven(BOB, secret_of(EVE))))
    assert node.status(BOB) is ALIVE


def test_a_false_proof_counts_as_none() -> None:
    """Somebody else's tag: a member without identity, and a warning."""
    node = Driven().start()
    effects = node.hear(alive(meta=proven(EVE)))
    member = node.swim.member(BOB)
    assert member is not None
    assert member.key is None
    assert len(warnings(effects)) == 1
