"""Serf's network coordinates."""

from dataclasses import replace
from itertools import permutations
from math import dist
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.names import NodeName
from gossipchat.swim.membership.members import Entry
from gossipchat.swim.serf.coordinates import (
    ORIGIN,
    Coordinates,
    distance,
    is_plausible,
)
from gossipchat.wire.memberlist.messages import Ack, Ping
from gossipchat.wire.serf.codec import decode_coordinate, encode_coordinate
from gossipchat.wire.serf.messages import Coordinate
from tests.pure.swim.builders import (
    BOB,
    ME,
    Driven,
    address_of,
    alive,
    quiet,
    sent,
)

EIGHT = (0.0,) * 8


def entry(name: str = BOB) -> Entry:
    return Entry(NodeName(name), address_of(name))


def test_a_node_begins_at_the_origin() -> None:
    """Vec 0, Error 1.5, Adjustment 0, Height 1e-5; the ack of a ping brings it."""
    assert Coordinate(EIGHT, 1.5, 0.0, 1e-5) == ORIGIN
    node = Driven(quiet()).start(BOB)
    (ack,) = sent(node.hear(Ping(5, ME, address_of(BOB), BOB)), Ack)
    assert decode_coordinate(ack.payload or b"") == ORIGIN


def test_a_distance_counts_heights_and_adjustments() -> None:
    """Unless the adjustments make it nothing."""
    one = Coordinate((0.003, 0.004, *EIGHT[2:]), height=0.001)
    assert distance(one, ORIGIN) == pytest.approx(0.00601)
    assert distance(replace(one, adjustment=0.01), ORIGIN) == pytest.approx(0.01601)
    assert distance(replace(one, adjustment=-1.0), ORIGIN) == pytest.approx(0.00601)


def test_one_round_trip_moves_a_place_as_vivaldi_says() -> None:
    """By hand: from the origin, a peer 30 ms away on one axis, 50 ms measured."""
    here = Coordinates(Random(0))
    there = Coordinate((0.03, *EIGHT[1:]), error=1.5, height=1e-5)
    here.heard(entry(), encode_coordinate(there), 0.05)
    apart = 0.03 + 2e-5
    force = 0.25 * 0.5 * (0.05 - apart)
    gravity = (force + 1e-5 + 1e-5) / 150
    assert here.here.vec[0] == pytest.approx(-force, rel=1e-3)
    assert here.here.vec[1:] == pytest.approx(EIGHT[1:])
    error = 0.125 * (0.05 - apart) / 0.05 + 1.5 * 0.875
    assert here.here.error == pytest.approx(error)
    height = 2e-5 * force / 0.03 + 1e-5
    assert here.here.height == pytest.approx(height, rel=1e-3)
    miss = 0.05 - (0.03 + force + height + 1e-5)
    assert here.here.adjustment == pytest.approx(miss / 40, rel=1e-3)
    assert gravity < 1e-4


def test_the_median_of_three_round_trips_counts() -> None:
    """One that was held up does not throw a place off."""
    calm, shaken = Coordinates(Random(1)), Coordinates(Random(1))
    there = encode_coordinate(Coordinate((0.01, *EIGHT[1:])))
    one, other = entry(), entry()
    for rtt in (0.01, 0.01, 0.01):
        calm.heard(one, there, rtt)
    for rtt in (0.01, 0.01, 9.0):
        shaken.heard(other, there, rtt)
    assert calm.here == shaken.here


def test_places_settle_until_distances_are_round_trips() -> None:
    """Five sites on a plane, each pinging the others in turn."""
    sites = [(0, 0), (30, 0), (0, 40), (50, 60), (80, 10)]
    real = {
        (a, b): 0.002 + dist(sites[a], sites[b]) / 1000
        for a, b in permutations(range(len(sites)), 2)
    }
    nodes = [Coordinates(Random(seed)) for seed in range(len(sites))]
    peers = {pair: entry(str(pair)) for pair in real}
    for _ in range(300):
        for (a, b), rtt in real.items():
            nodes[a].heard(peers[a, b], nodes[b].payload(), rtt)
    for (a, b), rtt in real.items():
        assert distance(nodes[a].here, nodes[b].here) == pytest.approx(rtt, rel=0.25)


@pytest.mark.parametrize(
    ("payload", "rtt"),
    [
        (None, 0.1),
        (b"", 0.1),
        (b"\x02nonsense", 0.1),
        (encode_coordinate(Coordinate((1e300, *EIGHT[1:]))), 0.1),
        (encode_coordinate(Coordinate(error=-1.0)), 0.1),
        (encode_coordinate(Coordinate()), 10.1),
        (encode_coordinate(Coordinate()), -0.1),
    ],
)
def test_what_is_no_place_or_no_round_trip_moves_nobody(
    payload: bytes | None, rtt: float
) -> None:
    """Quietly, as in Serf."""
    here, member = Coordinates(Random(0)), entry()
    here.heard(member, payload, rtt)
    assert (here.here, member.coordinate) == (ORIGIN, None)


numbers = st.floats(-60, 60, allow_nan=False)


@given(
    st.lists(
        st.tuples(
            st.tuples(*[numbers] * 8),
            st.floats(0, 60),
            numbers,
            st.floats(0, 60),
            st.floats(0, 10),
        ),
        max_size=30,
    )
)
def test_no_liar_moves_a_place_out_of_this_world(
    lies: list[tuple[tuple[float, ...], float, float, float, float]],
) -> None:
    """It stays one that others take, and can be told."""
    here, member = Coordinates(Random(0)), entry()
    for vec, error, adjustment, height, rtt in lies:
        there = Coordinate(vec, error, adjustment, height)
        here.heard(member, encode_coordinate(there), rtt)
        assert is_plausible(here.here)
        assert decode_coordinate(here.payload()) == here.here


def test_only_the_ack_of_a_direct_ping_counts() -> None:
    """A helper's brings none, and a member that moves is measured anew."""
    node = Driven(quiet()).start(BOB)
    place = encode_coordinate(Coordinate((0.02, *EIGHT[1:])))
    while not (pings := sent(node.advance(0.1), Ping)):
        pass
    node.now += 0.03
    node.hear(Ack(pings[0].seq_no, place), source=address_of(BOB))
    held = node.swim._parts.members.get(BOB)
    assert held is not None
    assert held.coordinate == decode_coordinate(place)
    assert len(held.rtts) == 1
    node.hear(alive(incarnation=2))
    assert len(held.rtts) == 1
