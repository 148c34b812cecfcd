"""Timeouts follow the round trip measured to each member."""

from dataclasses import replace

import pytest

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.pathways import Pathways
from gossipchat.swim.membership.members import Entry

LAN = SwimConfig.lan()
KEY = AuthorKey(b"k" * 32)


def member(
    rtt: float | None, rtts: tuple[float, ...] = (), key: AuthorKey | None = KEY
) -> Entry:
    return Entry(NodeName("bob"), Address("10.0.0.2", 1), key=key, rtt=rtt, rtts=rtts)


@pytest.mark.parametrize(
    ("rtt", "rtts", "patience"),
    [
        (None, (), 0.3),
        (0.001, (), 0.05),
        (0.04, (), 0.08),
        (0.04, (0.01, 0.1), 0.2),
        (2.0, (), 0.3),
    ],
)
def test_a_ping_gets_twice_the_round_trip(
    rtt: float | None, rtts: tuple[float, ...], patience: float
) -> None:
    """The slowest of the last few, within 50 and 300 ms; nobody measured: the most."""
    assert Pathways(LAN).patience(member(rtt, rtts)) == pytest.approx(patience)


@pytest.mark.parametrize(
    ("rtts", "patience"),
    [((), 0.3), ((0.001,) * 3, 0.3), ((0.001,) * 4, 0.05), ((0.001, 0.1) * 2, 0.2)],
)
def test_who_was_never_measured_is_as_far_as_the_farthest_known(
    rtts: tuple[float, ...], patience: float
) -> None:
    """Of the last 32 round trips to anyone, if there were four."""
    pathways = Pathways(LAN)
    for rtt in rtts:
        pathways.measured(rtt)
    assert pathways.patience(member(None)) == pytest.approx(patience)
    assert pathways.patience(member(0.04)) == pytest.approx(0.08)


def test_round_trips_of_long_ago_say_nothing() -> None:
    """What was slow once is forgotten after 32 others."""
    pathways = Pathways(LAN)
    for rtt in (0.2, *(0.001,) * 32):
        pathways.measured(rtt)
    assert pathways.patience(member(None)) == pytest.approx(0.05)


@pytest.mark.parametrize(("rtt", "length"), [(0.001, 0.5), (0.1, 0.6), (0.5, 0.9)])
def test_a_round_lasts_three_such_times(rtt: float, length: float) -> None:
    """Ping, helper, and a margin; half a second at least, a period at most."""
    assert Pathways(LAN).round(member(rtt)) == pytest.approx(length)


@pytest.mark.parametrize(
    ("rtt", "looks"),
    [
        (None, (0.02, 0.005)),
        (0.001, (0.02, 0.0075, 0.006, 0.005, 0.00425, 0.0035)),
        (0.01, (0.02, 0.015, 0.012, 0.01, 0.0085, 0.007)),
        (0.04, (0.04, 0.034, 0.028, 0.02)),
        (0.1, (0.1, 0.085, 0.07, 0.02)),
    ],
)
def test_last_looks_leave_time_for_the_answer(
    rtt: float | None, looks: tuple[float, ...]
) -> None:
    """Around a round trip before the verdict, as far as half a timeout allows."""
    assert Pathways(LAN).looks(member(rtt)) == pytest.approx(looks)


def test_without_identity_or_rule_memberlists_time_holds() -> None:
    """0.5 s until helpers are asked, a period until the accusation."""
    plain = Pathways(replace(LAN, path_timeout_most=0.0, accuse_after=0.0))
    for pathways, entry in (
        (Pathways(LAN), member(0.001, key=None)),
        (plain, member(0.001)),
    ):
        assert (pathways.patience(entry), pathways.round(entry)) == (0.5, 1.0)
