"""Who judges: the same few on every node, and each knows whether it is one."""

from random import Random

import pytest

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.detector.hearings import is_judge, judges_of
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State

MANY = 40
COUNT = 4


def entry(number: int) -> Entry:
    """One that lives, with an identity; each fifth has none, each seventh is dead."""
    return Entry(
        NodeName(f"n{number}"),
        Address("127.0.0.1", 7946 + number),
        state=State.DEAD if number % 7 == 6 else State.ALIVE,
        key=None if number % 5 == 4 else AuthorKey(number.to_bytes(32)),
    )


def seen_by(number: int) -> Members:
    """All of them, as one of them has them."""
    members = Members(entry(number), Random(number))
    for other in range(MANY):
        if other != number:
            members.list_anew(entry(other))
    return members


@pytest.mark.parametrize("incarnation", range(12))
def test_each_finds_alike_who_judges_and_whether_it_does(incarnation: int) -> None:
    """Four for each case: those that find themselves are those whom others find."""
    found = set()
    sit = set()
    for number in (one for one in range(1, MANY) if one % 7 != 6 and one % 5 != 4):
        members = seen_by(number)
        suspect = members.get(NodeName("n0"))
        assert suspect is not None
        suspect.incarnation = incarnation
        judges = tuple(one.name for one in judges_of(members, suspect, COUNT))
        found.add(judges)
        if is_judge(members, suspect, COUNT):
            sit.add(members.us.name)
    (judges,) = found
    assert len(judges) == COUNT
    assert sit == set(judges)


@pytest.mark.parametrize("count", [0, COUNT])
def test_who_is_no_longer_alive_is_no_judge(count: int) -> None:
    """Nor the suspect, nor anybody where no court is wanted."""
    members = seen_by(3)
    assert not is_judge(members, members.us, COUNT)
    other = members.get(NodeName("n0"))
    assert other is not None
    members.us.state = State.DEAD
    assert not is_judge(members, other, count)
