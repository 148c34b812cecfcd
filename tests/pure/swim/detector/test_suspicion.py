"""How long a suspect has to refute: Lifeguard's curve with memberlist's figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.suspicion import Patience, Suspicion

LAN = SwimConfig.lan()


@pytest.mark.parametrize(
    ("members", "wanted", "shortest", "longest"),
    [
        (1, 0, 4.0, 24.0),
        (2, 0, 4.0, 24.0),
        (3, 0, 4.0, 24.0),
        (4, 2, 4.0, 24.0),
        (10, 2, 4.0, 24.0),
        (11, 2, 4.164, 24.984),
        (16, 2, 4.816, 28.896),
        (100, 2, 8.0, 48.0),
        (1000, 2, 12.0, 72.0),
    ],
)
def test_the_bounds_grow_with_the_cluster(
    members: int, wanted: int, shortest: float, longest: float
) -> None:
    """min = mult * max(1, log10 n), cut to a thousandth; max = 6 * min."""
    patience = Patience.of(LAN, members)
    assert patience.wanted == wanted
    assert patience.shortest == pytest.approx(shortest)
    assert patience.longest == pytest.approx(longest)


@pytest.mark.parametrize(
    ("heard", "wait"), [(0, 24.0), (1, 11.381), (2, 4.0), (9, 4.0)]
)
def test_four_members_on_a_local_network(heard: int, wait: float) -> None:
    """One confirmation: 11.38 s, as it was measured on a live agent (11.40 s)."""
    assert Patience.of(LAN, 4).after(heard) == pytest.approx(wait)


def test_with_too_few_to_confirm_the_time_is_the_shortest() -> None:
    """Three members: the suspect, the accuser, and one who can't be awaited."""
    assert Patience.of(LAN, 3).after(0) == 4.0


def test_the_wide_network_waits_longer() -> None:
    """WAN: 6 * 5 s, and six times that."""
    patience = Patience.of(SwimConfig.wan(), 6)
    assert (patience.wanted, patience.shortest, patience.longest) == (4, 30, 180)


@given(st.integers(1, 10_000), st.integers(0, 8))
def test_each_accuser_shortens_the_wait(members: int, heard: int) -> None:
    """Never below the shortest, never above the longest, never longer for more."""
    patience = Patience.of(LAN, members)
    first, second = patience.after(heard), patience.after(heard + 1)
    assert first >= second >= patience.shortest
    assert first <= patience.longest + 1e-9


def suspicion(members: int = 16) -> Suspicion:
    return Suspicion(1, NodeName("eve"), Patience.of(LAN, members), now=50.0)


def test_an_accuser_counts_once_and_the_first_not_at_all() -> None:
    """Confirmations are by distinct others."""
    running = suspicion()
    heard = [running.confirm(NodeName(name)) for name in ("eve", "bob", "bob", "joe")]
    assert heard == [False, True, False, True]
    assert running.heard == 2


def test_no_more_confirmations_are_kept_than_count() -> None:
    """The table of accusers is bounded by suspicion_mult - 2."""
    running = suspicion()
    heard = [running.confirm(NodeName(f"accuser-{number}")) for number in range(50)]
    assert heard.count(True) == 2


def test_the_time_runs_from_the_first_accusation() -> None:
    """A confirmation that comes late leaves nothing."""
    running = suspicion(4)
    assert running.left(51.0) == 23.0
    running.confirm(NodeName("bob"))
    assert running.left(51.0) == pytest.approx(10.381)
    assert running.left(70.0) == 0.0


def test_a_restart_gives_the_time_again_but_keeps_the_accusers() -> None:
    """We slept; others did not."""
    running = suspicion(4)
    running.confirm(NodeName("bob"))
    running.restart(2, now=60.0)
    assert running.serial == 2
    assert running.left(60.0) == pytest.approx(11.381)
