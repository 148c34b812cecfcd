"""
The small facts: members with their pins, counters.
"""

from pathlib import Path

import pytest

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.store import facts
from gossipchat.store.facts import MAX_MEMBERS, REMEMBERED_MS
from gossipchat.store.reading.opening import Opening
from gossipchat.store.store import Store
from gossipchat.swim.events import ForgetMember, RememberCounter, RememberMember
from tests.store.builders import WALL, opened

KEY = AuthorKey(b"k" * 32)


def member(name: str, wall_ms: int = WALL, port: int = 1) -> RememberMember:
    return RememberMember(NodeName(name), Address("127.0.0.1", port), KEY, wall_ms)


def reopened(path: Path) -> Opening:
    store = Store(path)
    try:
        return store.open()
    finally:
        store.close()


@pytest.mark.parametrize(
    "fact",
    [
        member("bob"),
        RememberMember(NodeName("v6"), Address("fe80::1", 65535), None, 0),
        RememberMember(NodeName("gone"), Address("10.0.0.1", 7), KEY, WALL, left=True),
        member("\udcff\udc80 any bytes"),
        member("päule 🦆"),
    ],
    ids=["bob", "v6", "gone", "bytes", "päule"],
)
def test_a_member_is_remembered_as_it_was(tmp_path: Path, fact: RememberMember) -> None:
    """Its name may hold any bytes; untagged ones have no key."""
    with opened(tmp_path / "chat.db") as kept:
        kept.remember(fact)
    assert reopened(tmp_path / "chat.db").members == (fact,)


def test_the_last_word_on_a_member_counts(tmp_path: Path) -> None:
    with opened(tmp_path / "chat.db") as kept:
        kept.remember(member("bob"), member("eve"), member("bob", WALL + 1, port=2))
        kept.remember(ForgetMember(NodeName("eve")), ForgetMember(NodeName("nobody")))
    assert reopened(tmp_path / "chat.db").members == (member("bob", WALL + 1, port=2),)


def test_members_are_told_by_how_lately_they_lived(tmp_path: Path) -> None:
    with opened(tmp_path / "chat.db") as kept:
        kept.remember(member("a", WALL), member("b", WALL + 2), member("c", WALL + 1))
    found = reopened(tmp_path / "chat.db").members
    assert [each.name for each in found] == ["b", "c", "a"]


def test_30_days_count_from_the_member_last_seen(tmp_path: Path) -> None:
    """However long this node itself was off, it knows whom to look for."""
    old, older = WALL - REMEMBERED_MS, WALL - REMEMBERED_MS - 1
    with opened(tmp_path / "chat.db") as kept:
        kept.remember(member("now"), member("old", old), member("older", older))
    found = reopened(tmp_path / "chat.db").members
    assert [each.name for each in found] == ["now", "old"]


def test_members_are_bounded(tmp_path: Path) -> None:
    """10,000; those longest dead go first."""
    path = tmp_path / "chat.db"
    crowd = [member(f"m{each}", WALL + each) for each in range(MAX_MEMBERS + 1500)]
    with opened(path) as kept:
        kept.remember(*crowd)
        held = kept.ask(lambda reader: len(facts.members(reader._connection)))
        assert held <= MAX_MEMBERS + 1000
    found = reopened(path).members
    assert len(found) == MAX_MEMBERS
    assert found[-1].name == "m1500"


def test_counters_are_remembered(tmp_path: Path) -> None:
    """Lamport clocks have 64 bits, and peers drive them anywhere."""
    with opened(tmp_path / "chat.db") as kept:
        kept.remember(RememberCounter("incarnation", 1), RememberCounter("clock", 5))
        kept.remember(RememberCounter("clock", 2**64 - 1))
    counters = reopened(tmp_path / "chat.db").counters
    assert counters == {"clock": 2**64 - 1, "incarnation": 1}
