"""The table and its lap."""

from random import Random

import pytest

from gossipchat.names import Address, NodeName
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State
from tests.pure.swim.builders import ME, MY_ADDRESS


def living(name: str) -> Entry:
    return Entry(NodeName(name), Address("10.0.0.2", 1), state=State.ALIVE)


def table(size: int, seed: int = 0) -> Members:
    """This node and *size* others."""
    members = Members(Entry(ME, MY_ADDRESS, state=State.ALIVE), Random(seed))
    for number in range(size):
        members.list_anew(living(f"m{number}"))
    return members


def lap(members: Members, length: int) -> list[str]:
    turns = [members.next_to_probe(0.0) for _ in range(length)]
    return [str(entry.name) for entry in turns if entry is not None]


@pytest.mark.parametrize("seed", range(5))
def test_each_lap_visits_each_member_once(seed: int) -> None:
    """SWIM, 4.3: so the wait for a turn has a bound."""
    members = table(7, seed)
    lap(members, 3)  # a lap that grew meanwhile
    members.next_to_probe(0.0)
    while members._next < len(members):
        members.next_to_probe(0.0)
    first, second = lap(members, 7), lap(members, 7)
    assert sorted(first) == sorted(second) == [f"m{number}" for number in range(7)]
    assert first != second


@pytest.mark.parametrize("seed", range(20))
def test_a_newcomer_disturbs_no_turns(seed: int) -> None:
    """Whoever had a turn in this lap gets no second one for its sake."""
    members = table(6, seed)
    while members._next < len(members):
        members.next_to_probe(0.0)
    before = lap(members, 3)
    members.list_anew(living("new"))
    rest = lap(members, 3)
    assert not set(before) & set(rest)


def test_newcomers_land_anywhere() -> None:
    """At random places, or a wave of them would be probed last by all."""
    places = set()
    for seed in range(40):
        members = table(4, seed)
        members.list_anew(living("new"))
        places.add([entry.name for entry in members._lap].index(NodeName("new")))
    assert places == set(range(6))


def test_nobody_to_probe() -> None:
    """Alone, or among the dead."""
    members = table(0)
    assert members.next_to_probe(0.0) is None
    members.list_anew(Entry(NodeName("gone"), MY_ADDRESS, changed=5.0))
    assert members.next_to_probe(0.0) is None


def test_the_long_dead_are_unlisted_when_the_lap_ends() -> None:
    """But remembered: Serf lists them for a day."""
    members = table(2)
    for name, state in (("m0", State.DEAD), ("m1", State.LEFT)):
        entry = members.get(NodeName(name))
        assert entry is not None
        entry.state, entry.changed = state, 10.0
    assert members.next_to_probe(dead_before=9.0) is None
    assert len(members) == 3
    assert members.next_to_probe(dead_before=10.0) is None
    assert (len(members), members.count) == (1, 3)


def test_forgetting_keeps_the_lap_in_step() -> None:
    """Members before and behind the next turn may go."""
    members = table(5)
    while members._next < len(members):
        members.next_to_probe(0.0)
    had = lap(members, 3)
    members.forget(NodeName(had[0]))
    members.forget(NodeName(had[0]))
    assert not set(lap(members, 2)) & set(had)


@pytest.mark.parametrize("size", [3, 5, 40, 200])
def test_a_choice_is_fair_and_has_no_repeats(size: int) -> None:
    """Small tables are looked through, large ones drawn from; both evenly."""
    members = table(size)
    hits = dict.fromkeys((f"m{number}" for number in range(size)), 0)
    for _ in range(300):
        chosen = [str(entry.name) for entry in members.choose(3, lambda _: True)]
        assert len(set(chosen)) == 3
        for name in chosen:
            hits[name] += 1
    assert max(hits.values()) < 300 * 3 / size * 2 + 8


@pytest.mark.parametrize("size", [3, 100])
def test_a_choice_takes_only_who_fits(size: int) -> None:
    """And fewer than wanted when there are no more."""
    members = table(size)
    fitting = {NodeName("m0"), NodeName("m2")}
    chosen = members.choose(5, lambda entry: entry.name in fitting)
    assert {entry.name for entry in chosen} == fitting
    assert members.choose(5, lambda entry: entry.name == ME) == []
