"""What is said of this node, and its answer."""

import pytest

from gossipchat.swim.events import (
    AddressChanged,
    MemberChanged,
    RememberCounter,
    SendPacket,
    Started,
)
from gossipchat.swim.membership.claims import LAST_INCARNATION, MAX_LEAP
from gossipchat.swim.membership.myself import Myself
from gossipchat.wire.memberlist.messages import (
    OUR_VSN,
    Alive,
    Message,
    NodeState,
    Ping,
    State,
)
from gossipchat.wire.serf.codec import encode_tags
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    EVE,
    ME,
    MY_ADDRESS,
    MY_SECRET,
    Driven,
    address_of,
    alive,
    changes,
    counted,
    dead,
    key_of,
    notified,
    of_kind,
    proven,
    quiet,
    sent,
    suspect,
    warnings,
)

MY_META = encode_tags({"role": "test"})


def me_alive(incarnation: int, meta: bytes = MY_META) -> Alive:
    return alive(ME, incarnation, meta, address=MY_ADDRESS)


def test_a_start_is_shown() -> None:
    """A face that follows the members sees this node too."""
    node = Driven()
    assert changes(node.feed(Started())) == [("me", ALIVE)]


@pytest.mark.parametrize(
    "accusation",
    [suspect(ME, 1), dead(ME, 1), dead(ME, 1, by=ME), me_alive(1, b""), me_alive(2)],
)
def test_what_is_wrong_is_refuted(accusation: Message) -> None:
    """With the next incarnation, stored before it is told, and a doubt of ourselves."""
    node = Driven(quiet()).start(BOB)
    effects = node.hear(accusation)
    said = accusation.incarnation  # type: ignore[union-attr]
    assert node.incarnation(ME) == said + 1
    assert node.status(ME) is ALIVE
    assert effects[0] == RememberCounter("incarnation", said + 1)
    told = [claim for claim in sent(node.advance(1), Alive) if claim.node == ME]
    assert {claim.incarnation for claim in told} == {said + 1}
    assert told[0].meta == MY_META


def test_an_accusation_of_a_later_incarnation_is_outbid() -> None:
    """A bump by one suffices: accused at 7, answered with 8."""
    node = Driven().start(BOB)
    node.hear(suspect(ME, 7))
    assert node.incarnation(ME) == 8


@pytest.mark.parametrize("claim", [suspect(ME, 4), dead(ME, 4), me_alive(4, b"")])
def test_what_is_over_needs_no_answer(claim: Message) -> None:
    """Words about an incarnation below ours."""
    node = Driven().start(BOB)
    node.hear(suspect(ME, 4))
    assert node.incarnation(ME) == 5
    node.hear(claim)
    assert node.incarnation(ME) == 5


@pytest.mark.parametrize("word", [dead(ME, 1, by=EVE), suspect(ME, 1, by=EVE)])
def test_who_accuses_us_of_what_is_over_is_told_so_itself(word: Message) -> None:
    """Our refutation has missed it: straight to it, twice a second at most."""
    node = Driven(quiet(), answered=True).start(BOB, EVE)
    node.hear(suspect(ME, 1))
    node.advance(10)
    effects = node.hear(word, word)
    node.advance(0.4)
    effects += node.hear(word)
    (packet,) = of_kind(effects, SendPacket)
    assert packet.to == address_of(EVE)
    assert [(told.node, told.incarnation) for told in sent(effects, Alive)] == [(ME, 2)]
    assert node.incarnation(ME) == 2
    node.advance(0.1)
    assert sent(node.hear(word), Alive) != []


def test_while_our_refutation_is_told_it_needs_no_second_way() -> None:
    """Gossip has it, and each ack takes it along."""
    node = Driven(quiet(), answered=True).start(BOB, EVE)
    node.hear(suspect(ME, 1))
    assert sent(node.hear(suspect(ME, 1, by=EVE)), Alive) == []


@pytest.mark.parametrize("by", ["stranger", "gone", ME])
def test_nobody_else_is_told(by: str) -> None:
    """Unknown, dead, or ourselves of before a restart."""
    node = Driven(quiet(), answered=True).start(BOB, "gone")
    node.hear(suspect(ME, 1), dead("gone", by=BOB))
    node.advance(10)
    assert of_kind(node.hear(dead(ME, 1, by=by)), SendPacket) == []


def test_what_is_right_needs_no_answer() -> None:
    """Our own claim comes back all the time."""
    node = Driven().start(BOB)
    assert node.hear(me_alive(1)) == []
    assert node.incarnation(ME) == 1


def test_nobody_can_exhaust_our_incarnations() -> None:
    """A leap is dropped: outbidding it would leave no room for the next."""
    node = Driven().start(BOB)
    assert counted(node.hear(suspect(ME, 2**32 - 1))) == ["dropped.leap"]
    assert node.incarnation(ME) == 1


def test_who_wears_our_incarnations_out_stops_nobody() -> None:
    """A leap as far as is believed, again and again: told once, and outlived."""
    node = Driven().start(BOB)
    told = 0
    while (incarnation := node.incarnation(ME) or 0) < LAST_INCARNATION:
        claim = suspect(ME, min(incarnation + MAX_LEAP, LAST_INCARNATION))
        told += len(warnings(node.hear(claim)))
    node.hear(suspect(ME, LAST_INCARNATION), dead(ME, LAST_INCARNATION))
    assert told == 1
    assert sent(node.advance(5), Ping)
    counters = {"incarnation": LAST_INCARNATION}
    again = Myself.restored(ME, MY_ADDRESS, key_of(MY_SECRET), {}, counters)
    assert Driven(me=again).start().incarnation(ME) == 1


def test_who_comes_to_another_address_tells_it_under_a_new_incarnation() -> None:
    """And asks for answers there; what is held of us elsewhere is outbid."""
    node = Driven(quiet()).start(BOB)
    there = address_of("elsewhere")
    effects = node.feed(AddressChanged(there))
    assert RememberCounter("incarnation", 2) in effects
    assert [change.why for change in notified(effects, MemberChanged)] == ["moved"]
    claims = [one for one in sent(node.advance(1), Alive) if one.node == ME]
    assert {(claim.address, claim.incarnation) for claim in claims} == {(there, 2)}
    old = me_alive(7, proven(ME, MY_SECRET))
    assert not warnings(node.hear(old))
    assert node.incarnation(ME) == 8
    assert node.feed(AddressChanged(there)) == []


def test_a_refutation_rides_on_the_ack_of_the_accusing_ping() -> None:
    """The buddy system's point: ping and suspicion come in one packet."""
    node = Driven(quiet()).start()
    ping = Ping(7, ME, MY_ADDRESS._replace(host="10.9.9.9"), BOB)
    effects = node.hear(ping, suspect(ME, 1))
    assert [claim.incarnation for claim in sent(effects, Alive)] == [2]


def test_having_to_refute_slows_our_own_probes() -> None:
    """Awareness + 1."""
    node = Driven().start(BOB)
    node.hear(suspect(ME, 1))
    assert node.swim._parts.health.score == 1


@pytest.mark.parametrize(
    ("meta", "says"),
    [(proven(EVE), "another node"), (b"", "another node")],
)
def test_a_namesake_is_told_to_people_and_not_answered(meta: bytes, says: str) -> None:
    """We can't refute what is said of another address; once is enough."""
    node = Driven(quiet()).start(BOB)
    node.advance(5.2)
    claim = alive(ME, 9, meta, address=MY_ADDRESS._replace(port=1))
    told = warnings(node.hear(claim) + node.hear(claim))
    assert len(told) == 1
    assert says in told[0]
    assert node.incarnation(ME) == 1
    assert not sent(node.advance(1), Alive)


def test_a_namesake_with_our_key_is_ourselves_or_a_copy() -> None:
    """A moved node, or a data directory used twice: another remedy."""
    node = Driven().start(BOB)
    claim = alive(ME, 9, proven(ME, MY_SECRET), address=MY_ADDRESS._replace(port=1))
    assert "copy of our data directory" in warnings(node.hear(claim))[0]


def test_another_version_under_our_name_is_refuted() -> None:
    """What is held of us must be what we are."""
    node = Driven().start(BOB)
    node.hear(alive(ME, 1, MY_META, vsn=(1, 5, 2, 2, 5, 4), address=MY_ADDRESS))
    assert node.incarnation(ME) == 2


def test_our_entry_in_a_push_pull_is_what_we_say_of_ourselves() -> None:
    """Alive, at our address, with our tags."""
    node = Driven().start(BOB)
    entry = node.swim._parts.members.us.as_node_state()
    assert entry == NodeState(ME, MY_ADDRESS, MY_META, 1, State.ALIVE, OUR_VSN)
