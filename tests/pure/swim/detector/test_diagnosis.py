"""What is wrong with a member that stays a member: told once, and when it is over."""

from random import Random

import pytest

from gossipchat.names import Address, NodeName
from gossipchat.swim.detector.diagnosis import ROUNDS_BEFORE_TOLD, Diagnosis
from gossipchat.swim.events import PacketRefused, Warned, WarningOver
from gossipchat.swim.membership.members import Entry, Members, Standing
from tests.pure.swim.builders import (
    BOB,
    EVE,
    ME,
    MY_ADDRESS,
    Driven,
    address_of,
    alive,
    notified,
    quiet,
)

STANDS = Standing.ALIVE


def diagnosis(*names: str) -> Diagnosis:
    members = Members(Entry(ME, MY_ADDRESS, standing=STANDS), Random(0))
    for name in names:
        members.list_anew(Entry(alive(name).node, address_of(name), standing=STANDS))
    return Diagnosis(members)


def silent_rounds(doctor: Diagnosis, count: int) -> list[Warned]:
    """What is told in *count* rounds in which only TCP brought an answer."""
    effects = [doctor.answered_by_tcp_only(BOB) for _ in range(count)]
    return [warned for some in effects for warned in notified(some, Warned)]


def test_blocked_udp_is_told_once_until_it_is_over() -> None:
    """And again when it comes again."""
    doctor = diagnosis(BOB)
    assert len(silent_rounds(doctor, ROUNDS_BEFORE_TOLD)) == 1
    assert silent_rounds(doctor, 5) == []
    assert notified(doctor.answered_by_udp(BOB), WarningOver) == [
        WarningOver(BOB, "udp")
    ]
    assert doctor.answered_by_udp(BOB) == []
    assert silent_rounds(doctor, ROUNDS_BEFORE_TOLD)


def test_a_single_round_tells_nothing_of_udp() -> None:
    """Nor two with one between them that UDP answered: that was loss."""
    doctor = diagnosis(BOB)
    for _ in range(5):
        assert silent_rounds(doctor, ROUNDS_BEFORE_TOLD - 1) == []
        assert doctor.answered_by_udp(BOB) == []


@pytest.mark.parametrize("who", [ME, BOB])
def test_nobody_is_judged_while_one_of_the_two_leaves(who: NodeName) -> None:
    """Who leaves closes its ports one after the other."""
    doctor = diagnosis(BOB)
    leaving = doctor._members.get(who)
    assert leaving is not None
    leaving.standing = Standing.LEAVING
    assert silent_rounds(doctor, 2 * ROUNDS_BEFORE_TOLD) == []


def test_a_member_with_another_key_is_named() -> None:
    """After a few packets; over as soon as one can be read."""
    node = Driven(quiet()).start(BOB, EVE)
    refused = PacketRefused(address_of(EVE), "no key fits", key=True)
    told = []
    for _ in range(5):
        node.now += 1
        told += notified(node.feed(refused), Warned)
    (warned,) = told
    assert (warned.member, warned.kind) == (EVE, "key")
    assert address_of(EVE).host in warned.what
    over = node.hear(alive(), source=address_of(EVE))
    assert notified(over, WarningOver) == [WarningOver(EVE, "key")]
    assert not notified(node.hear(alive(), source=address_of(EVE)), WarningOver)


def test_one_damaged_packet_and_other_nonsense_tell_nothing() -> None:
    """Nor do strangers, nor a stream of a host where several live."""
    doctor = diagnosis(BOB)
    assert doctor.refused(address_of(BOB), 1.0) == []
    for second in range(2, 9):
        assert doctor.refused(Address("10.7.7.7", 1), float(second)) == []
    node = Driven(quiet()).start(BOB)
    for _ in range(9):
        node.now += 1
        assert not node.feed(PacketRefused(address_of(BOB), "garbage"))


def test_a_stream_with_another_key_names_the_one_member_of_its_host() -> None:
    """Its port tells nothing."""
    doctor = diagnosis(BOB)
    source = Address(address_of(BOB).host, 50_000)
    assert notified(doctor.refused(source, 1.0), Warned)[0].member == BOB
    members = Members(Entry(ME, MY_ADDRESS), Random(0))
    for name, port in ((BOB, 1), (EVE, 2)):
        members.list_anew(Entry(name, Address("10.1.1.1", port)))
    doctor = Diagnosis(members)
    assert doctor.refused(Address("10.1.1.1", 50_000), 1.0) == []
    assert doctor.answered_by_udp(BOB) == []
