"""Lifeguard's local health."""

from gossipchat.swim.detector.health import Health


def test_a_doubtful_node_takes_longer() -> None:
    """The round is stretched by score + 1."""
    health = Health(8)
    assert health.stretched(1.0) == 1.0
    health.worsen(2)
    assert health.stretched(1.0) == 3.0


def test_the_score_stays_in_its_bounds() -> None:
    """0 to limit - 1."""
    health = Health(8)
    health.mend()
    assert health.score == 0
    health.worsen(100)
    assert health.score == 7
    health.mend()
    assert health.score == 6
