"""Members that turn up at another address."""

from collections.abc import Callable

import pytest

from gossipchat.effects import TimerFired
from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.detector.prober import PingStream, RoundDue
from gossipchat.swim.events import (
    AddressNotProven,
    AddressProven,
    Event,
    MemberChanged,
    ProveAddress,
    Remembered,
    RememberMember,
    StreamFailed,
)
from gossipchat.swim.membership.moves import (
    MAX_IN_LINE,
    MAX_PROOFS,
    PATIENCE,
    SILENT_PATIENCE,
    Moves,
)
from gossipchat.wire.memberlist.messages import Alive, Message, Ping
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    SUSPECT,
    Driven,
    address_of,
    alive,
    dead,
    key_of,
    notified,
    of_kind,
    proven,
    quiet,
    secret_of,
    sent,
    suspect,
    warnings,
)

NEW = Address("10.8.8.8", 7946)
BOBS_KEY = key_of(secret_of(BOB))
PROOF = ProveAddress(BOBS_KEY, NEW)


def known(*claims: Alive) -> Driven:
    node = Driven(quiet()).start()
    node.hear(*claims)
    node.effects.clear()
    return node


def tagged() -> Driven:
    return known(alive(meta=proven(BOB)))


def moved(incarnation: int = 2) -> Alive:
    return alive(incarnation=incarnation, meta=proven(BOB), address=NEW)


def where(node: Driven, name: str = BOB) -> Address:
    member = node.swim.member(NodeName(name))
    assert member is not None
    return member.address


def test_a_member_with_a_key_is_moved_once_it_has_proven_it_there() -> None:
    """At once; and it is told, passed on and kept."""
    node = tagged()
    assert of_kind(node.hear(moved()), ProveAddress) == [PROOF]
    assert where(node) == address_of(BOB)
    effects = node.feed(AddressProven(BOBS_KEY, NEW))
    (change,) = notified(effects, MemberChanged)
    assert (change.member.address, change.member.status) == (NEW, ALIVE)
    assert of_kind(effects, RememberMember)[0].address == NEW
    told = [claim for claim in sent(node.advance(3), Alive) if claim.node == BOB]
    assert {claim.address for claim in told} == {NEW}


def test_the_dead_come_back_elsewhere_by_proof() -> None:
    """Without waiting until they are forgotten."""
    node = tagged()
    node.hear(dead())
    assert node.status(BOB) is DEAD
    node.hear(moved())
    node.feed(AddressProven(BOBS_KEY, NEW))
    assert (node.status(BOB), where(node)) == (ALIVE, NEW)


def left() -> Driven:
    """Bob has said goodbye."""
    node = tagged()
    node.hear(dead(by=BOB))
    return node


def remembered() -> Driven:
    """Bob is known from an earlier life of this node."""
    was = Remembered(NodeName(BOB), address_of(BOB), BOBS_KEY)
    return Driven(quiet(), remembered=(was,)).start()


@pytest.mark.parametrize("before", [left, remembered])
def test_who_is_gone_proves_a_new_address_too(before: Callable[[], Driven]) -> None:
    """A tag can be copied: or anyone with the cluster key could be Bob again."""
    node = before()
    was = node.status(BOB)
    effects = node.hear(moved())
    assert of_kind(effects, ProveAddress) == [PROOF]
    assert node.status(BOB) is was
    node.feed(AddressNotProven(BOBS_KEY, NEW, "refused"))
    assert node.status(BOB) is was
    node.now += PATIENCE
    node.hear(moved())
    node.feed(AddressProven(BOBS_KEY, NEW))
    assert (node.status(BOB), where(node)) == (ALIVE, NEW)


@pytest.mark.parametrize("before", [left, remembered])
def test_who_comes_back_to_where_it_was_needs_no_proof(
    before: Callable[[], Driven],
) -> None:
    """As after nearly every restart."""
    node = before()
    assert not of_kind(node.hear(alive(incarnation=2, meta=proven(BOB))), ProveAddress)
    assert node.status(BOB) is ALIVE


def test_who_proves_nothing_is_not_moved() -> None:
    """It is told as a conflict, once, and not tried again for a while."""
    node = tagged()
    node.hear(moved())
    effects = node.feed(AddressNotProven(BOBS_KEY, NEW, "refused"))
    assert "claims this name" in warnings(effects)[0]
    assert not of_kind(node.hear(moved(3)), ProveAddress)
    node.now += PATIENCE
    assert of_kind(node.hear(moved(3)), ProveAddress) == [PROOF]
    assert where(node) == address_of(BOB)


def test_who_is_silent_where_it_was_may_prove_again_soon() -> None:
    """Others may reach it where it says it is: then nobody calls it dead."""
    node = tagged()
    node.hear(moved())
    node.feed(AddressNotProven(BOBS_KEY, NEW, "refused"))
    node.hear(suspect())
    node.now += SILENT_PATIENCE - 0.1
    assert not of_kind(node.hear(moved(3)), ProveAddress)
    node.now += 0.1
    assert of_kind(node.hear(moved(3)), ProveAddress) == [PROOF]


def test_nobody_is_proven_unasked_or_twice() -> None:
    """One proof at a time; an older word is of an older address."""
    node = tagged()
    assert not node.feed(AddressProven(BOBS_KEY, NEW))
    assert not of_kind(node.hear(moved(1)), ProveAddress)
    node.hear(moved())
    assert not of_kind(node.hear(moved()), ProveAddress)
    node.feed(AddressProven(BOBS_KEY, NEW))
    assert not notified(node.feed(AddressProven(BOBS_KEY, NEW)), MemberChanged)


def test_two_copies_of_a_machine_do_not_take_turns() -> None:
    """Nobody who lives is moved back at once; the dead may be."""
    node = tagged()
    node.hear(moved())
    node.feed(AddressProven(BOBS_KEY, NEW))
    back = alive(incarnation=3, meta=proven(BOB))
    assert not of_kind(node.hear(back), ProveAddress)
    node.now += PATIENCE + 1
    assert not of_kind(node.hear(dead(incarnation=2)), ProveAddress)
    assert of_kind(node.hear(back), ProveAddress)


@pytest.mark.parametrize("trouble", [suspect, dead])
def test_one_copy_of_a_machine_takes_over_from_another(
    trouble: Callable[..., Message],
) -> None:
    """As soon as that is not well, by what was said while it was: all others may have
    moved already, and nobody say it again."""
    node = tagged()
    node.hear(moved())
    node.feed(AddressProven(BOBS_KEY, NEW))
    assert not of_kind(node.hear(alive(incarnation=3, meta=proven(BOB))), ProveAddress)
    before = ProveAddress(BOBS_KEY, address_of(BOB))
    assert of_kind(node.hear(trouble(incarnation=2)), ProveAddress) == [before]
    node.feed(AddressProven(BOBS_KEY, address_of(BOB)))
    assert (node.status(BOB), where(node)) == (ALIVE, address_of(BOB))


@pytest.mark.parametrize("failed_while_well", [True, False])
def test_one_proof_that_fails_is_not_the_last(failed_while_well: bool) -> None:
    """A lost dial: it is tried again when the suspect is called dead."""
    node = tagged()
    node.hear(moved())
    if not failed_while_well:
        node.feed(AddressProven(BOBS_KEY, NEW))
        node.hear(alive(incarnation=3, meta=proven(BOB)), suspect(incarnation=2))
    asked = NEW if failed_while_well else address_of(BOB)
    node.feed(AddressNotProven(BOBS_KEY, asked, "timed out"))
    incarnation = 1 if failed_while_well else 2
    assert not of_kind(node.hear(suspect(incarnation=incarnation)), ProveAddress)
    node.now += SILENT_PATIENCE
    effects = node.hear(dead(incarnation=incarnation))
    assert of_kind(effects, ProveAddress) == [ProveAddress(BOBS_KEY, asked)]


def test_what_was_said_before_a_goodbye_is_not_looked_into() -> None:
    """It is older than that."""
    node = tagged()
    node.hear(moved())
    node.feed(AddressNotProven(BOBS_KEY, NEW, "refused"))
    node.hear(alive(incarnation=5, meta=proven(BOB)))
    node.now += SILENT_PATIENCE
    assert not of_kind(node.hear(dead(incarnation=5, by=BOB)), ProveAddress)


def test_another_key_is_not_even_looked_into() -> None:
    """The name is pinned."""
    node = tagged()
    forged = alive(incarnation=5, meta=proven(BOB, secret_of("eve")), address=NEW)
    assert not of_kind(node.hear(forged), ProveAddress)
    assert where(node) == address_of(BOB)


def test_proofs_under_way_are_bounded() -> None:
    """Each is a connection."""
    names = [f"n{number}" for number in range(MAX_PROOFS + 5)]
    node = known(*(alive(name, meta=proven(name)) for name in names))
    claims = (alive(n, 2, meta=proven(n), address=NEW) for n in names)
    asked = of_kind(node.hear(*claims), ProveAddress)
    assert len(asked) == MAX_PROOFS
    for proof in asked:  # those in line follow
        moved_there = AddressProven(proof.key, proof.address)
        asked += of_kind(node.feed(moved_there), ProveAddress)
    assert {where(node, name) for name in names} == {NEW}


def test_the_line_for_proofs_is_bounded() -> None:
    """Gossip brings those again that had to go."""
    moves = Moves()
    for number in range(MAX_PROOFS + MAX_IN_LINE + 5):
        moves.prove(
            alive(f"n{number}", address=NEW), AuthorKey(b"%d" % number), True, 0
        )
    assert moves.next_in_line() is None
    for number in range(MAX_PROOFS):
        moves.proven(AuthorKey(b"%d" % number), NEW)
    waiting = iter(moves.next_in_line, None)
    assert len(list(waiting)) == MAX_IN_LINE


def fail_a_probe(node: Driven) -> None:
    """The next ping of Bob is not answered, over TCP neither."""
    for _ in range(10):
        pings = sent(node.advance(0.5), Ping)
        if pings:
            seq = pings[-1].seq_no
            failed: Event = StreamFailed(PingStream(seq), "refused", refused=True)
            node.feed(failed)
            node.feed(TimerFired(RoundDue(seq)))
            return


def test_without_a_key_the_old_address_must_be_silent() -> None:
    """A failed probe of ours is enough; a member that answers stays where it is."""
    node = known(alive())
    effects = node.hear(alive(address=NEW))
    assert "claims this name" in warnings(effects)[0]
    assert where(node) == address_of(BOB)
    fail_a_probe(node)
    assert (where(node), node.status(BOB)) == (NEW, ALIVE)


def test_an_old_claim_of_another_address_is_no_reason_to_move() -> None:
    """It is forgotten, and the silent is suspected, as ever."""
    moves = Moves()
    moves.wait(alive(address=NEW), 1.0)
    assert moves.waiting(BOB, 1.1 + PATIENCE) is None
    node = known(alive())
    fail_a_probe(node)
    assert (where(node), node.status(BOB)) == (address_of(BOB), SUSPECT)


def test_without_a_key_a_dead_member_may_be_elsewhere_at_once() -> None:
    """memberlist waits until it is forgotten, or for DeadNodeReclaimTime."""
    node = known(alive())
    node.hear(dead())
    node.hear(alive(address=NEW))
    assert (where(node), node.status(BOB)) == (NEW, ALIVE)


def test_v4_mapped_is_another_address() -> None:
    """Bytes are compared, as memberlist does."""
    node = known(alive())
    mapped = Address("::ffff:" + address_of(BOB).host, 7946)
    assert warnings(node.hear(alive(incarnation=2, address=mapped)))
    assert where(node) == address_of(BOB)
