"""
What holds whatever the order in which claims arrive.

All claims here are about one member at one address: who moves to another one is
subject to memberlist's rules, which do depend on what came first.
"""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import ForgetAsked, MemberForgotten, Remembered
from gossipchat.wire.memberlist.messages import Alive, Dead, Suspect
from gossipchat.wire.serf.messages import JoinIntent, LeaveIntent
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    SUSPECT,
    Driven,
    address_of,
    alive,
    dead,
    notified,
    serf,
    suspect,
)

Claim = Alive | Suspect | Dead

incarnations = st.integers(1, 5)
accusers = st.sampled_from(["eve", "joe"])
lives = incarnations.map(lambda incarnation: alive(incarnation=incarnation))
suspicions = st.builds(
    lambda incarnation, by: suspect(incarnation=incarnation, by=by),
    incarnations,
    accusers,
)
deaths = st.builds(
    lambda incarnation, by: dead(incarnation=incarnation, by=by),
    incarnations,
    st.sampled_from(["eve", "joe", BOB]),
)


def believed(*claims: Claim) -> tuple[object, ...]:
    """What a node that has met Bob holds of him after *claims*."""
    node = Driven().start(BOB)
    for claim in claims:
        node.hear(claim)
    entry = node.swim._parts.members.get(BOB)
    assert entry is not None
    return entry.incarnation, entry.state


@given(st.lists(lives | deaths), st.randoms())
def test_life_and_death_in_any_order(claims: list[Claim], chance: Random) -> None:
    """Without suspicions the greatest claim wins: a plain maximum, no exception."""
    shuffled = chance.sample(claims, len(claims))
    assert believed(*shuffled) == believed(*claims)


@given(st.lists(lives | suspicions), st.randoms())
def test_life_and_suspicion_in_any_order(claims: list[Claim], chance: Random) -> None:
    """As long as nobody is dead: the same plain maximum."""
    shuffled = chance.sample(claims, len(claims))
    assert believed(*shuffled) == believed(*claims)


def with_lives(claims: list[Claim]) -> list[Claim]:
    """Nobody accuses an incarnation that Bob has never announced."""
    said = {claim.incarnation for claim in claims}
    return [*claims, *(alive(incarnation=incarnation) for incarnation in sorted(said))]


@given(st.lists(lives | suspicions | deaths, max_size=12), st.randoms())
def test_all_kinds_in_any_order_when_each_comes_twice(
    claims: list[Claim], chance: Random
) -> None:
    """
    Gossip repeats itself, and that settles the one exception: a suspicion never
    wakes the dead (memberlist's rule), so of DEAD 3, SUSPECT 5, ALIVE 5 the suspicion
    is lost if it comes between the two, until somebody repeats it.
    """
    heard = with_lives(claims)
    orders = [chance.sample(heard, len(heard)) for _ in range(4)]
    assert believed(*orders[0], *orders[1]) == believed(*orders[2], *orders[3])


@given(st.lists(lives | suspicions | deaths, max_size=12), st.data())
def test_a_claim_heard_again_changes_nothing(
    claims: list[Claim], data: st.DataObject
) -> None:
    """Right after itself, whatever came before."""
    cut = data.draw(st.integers(0, len(claims)))
    heard = claims[:cut]
    assert believed(*heard, *heard[-1:]) == believed(*heard)


@given(st.lists(lives | suspicions | deaths, max_size=12))
def test_incarnations_never_fall(claims: list[Claim]) -> None:
    """At one address."""
    node = Driven().start(BOB)
    known = 1
    for claim in claims:
        node.hear(claim)
        now = node.incarnation(BOB) or 0
        assert now >= known
        known = now


def assert_the_mark_is_true(node: Driven) -> None:
    """It is summed anew only when somebody is new, forgotten or claimed to be else."""
    views = node.swim._parts.views
    kept = views._made_now()
    assert kept == views._summed(views._event_ltime())


names = st.sampled_from([f"n{number}" for number in range(12)]).map(NodeName)
ltimes = st.integers(1, 9)
things = (
    st.builds(alive, names, incarnations)
    | st.builds(dead, names, incarnations, st.sampled_from(["eve", "n1"]))
    | st.builds(suspect, names, incarnations, accusers)
    | st.builds(LeaveIntent, ltimes, names, st.booleans())
    | st.builds(JoinIntent, ltimes, names)
    | st.builds(ForgetAsked, names)
    | st.sampled_from([0.3, 2.0, 40.0])
)


@given(st.lists(things, max_size=25), st.integers(0, 3))
def test_a_member_list_never_forgets_a_live_member(
    happened: list[object], remembered: int
) -> None:
    """
    Whatever is full, pruned, reaped or asked to be forgotten: only the dead go.

    Four of twelve have no room; the dead are reaped after a minute. The mark of the
    view is always the one of who lives.
    """
    known = tuple(
        Remembered(NodeName(f"n{number}"), address_of(f"n{number}"))
        for number in range(remembered)
    )
    config = SwimConfig(max_members=9, dead_timeout=60.0, left_timeout=60.0)
    node = Driven(config, remembered=known, answered=True).start()
    for what in happened:
        living = {m.name for m in node.swim.members() if m.status in (ALIVE, SUSPECT)}
        match what:
            case float():
                effects = node.advance(what)
            case ForgetAsked():
                effects = node.feed(what)
            case LeaveIntent() | JoinIntent():
                effects = node.hear(serf(what))
            case Alive() | Dead() | Suspect():
                effects = node.hear(what)
        forgotten = {gone.name for gone in notified(effects, MemberForgotten)}
        still = {member.name for member in node.swim.members()}
        if not isinstance(what, float):  # in a while one may die, and then be forgotten
            assert not forgotten & living
            assert living <= still
        assert len(still) <= 9
        assert_the_mark_is_true(node)
        assert not forgotten & {
            m.name for m in node.swim.members() if m.status is ALIVE
        }
