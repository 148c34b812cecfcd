"""The settings of broadcast."""

import pytest

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.errors import ConfigError


@pytest.mark.parametrize(
    ("members", "links"), [(1, 0), (2, 1), (5, 4), (6, 3), (8, 3), (16, 4), (1000, 10)]
)
def test_links_are_all_in_a_small_cluster_and_log_n_in_others(
    members: int, links: int
) -> None:
    """Everyone with everyone up to five, else max(3, log2 n)."""
    assert BroadcastConfig().links_for(members) == links


@pytest.mark.parametrize("members", [1, 5, 6, 1000])
def test_more_is_taken_than_is_sought(members: int) -> None:
    """Twice the target plus four, and room for strangers in a small cluster."""
    config = BroadcastConfig()
    assert config.inbound_for(members) >= 2 * config.links_for(members) + 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_bytes": 0},
        {"digest_interval": -1.0},
        {"redial_first": 11.0},
        {"want_patience": 31.0},
        {"max_authors": 70_000},
    ],
)
def test_a_setting_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    """With a sentence that names it."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        BroadcastConfig(**wrong)  # type: ignore[arg-type]
