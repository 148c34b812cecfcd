"""Settings: memberlist's values, and what is refused."""

from typing import Any

import pytest

from gossipchat.errors import ConfigError
from gossipchat.swim.config import SwimConfig


def test_the_local_network_has_memberlists_values() -> None:
    """Mixed clusters must agree on their timing."""
    lan = SwimConfig.lan()
    assert (lan.probe_interval, lan.probe_timeout, lan.indirect_checks) == (1, 0.5, 3)
    assert (lan.suspicion_mult, lan.suspicion_max_mult) == (4, 6)
    assert (lan.gossip_interval, lan.gossip_nodes, lan.retransmit_mult) == (0.2, 3, 4)
    assert (lan.push_pull_interval, lan.gossip_to_the_dead) == (30, 30)
    assert (lan.tcp_timeout, lan.max_awareness) == (10, 8)


def test_the_wide_network_is_patient() -> None:
    """memberlist's WAN column."""
    wan = SwimConfig.wan()
    assert (wan.probe_interval, wan.probe_timeout, wan.tcp_timeout) == (5, 3, 30)
    assert (wan.suspicion_mult, wan.gossip_interval, wan.gossip_nodes) == (6, 0.5, 4)
    assert (wan.push_pull_interval, wan.gossip_to_the_dead) == (60, 60)


def test_one_machine_is_fast() -> None:
    """memberlist's Local column."""
    local = SwimConfig.local()
    assert (local.probe_timeout, local.indirect_checks, local.tcp_timeout) == (
        0.2,
        1,
        1,
    )
    assert (local.suspicion_mult, local.retransmit_mult) == (3, 2)
    assert (local.gossip_interval, local.push_pull_interval) == (0.1, 15)
    assert local.gossip_to_the_dead == 15


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("probe_interval", 0, "swim.probe_interval = 0"),
        ("probe_timeout", 1.0, "below probe_interval (1.0)"),
        ("gossip_nodes", 0, "1 or more"),
        ("max_members", 1, "2 or more"),
        ("court_window", 0.8, "0.90 or more"),
        ("leave_timeout", 3.0, "4.8 seconds at most"),
        ("tcp_timeout", float("inf"), "tcp_timeout = inf"),
        ("tcp_timeout", float("nan"), "tcp_timeout = nan"),
    ],
)
def test_what_can_not_work_is_refused(setting: str, value: Any, says: str) -> None:
    """The sentence names the setting and its limit."""
    with pytest.raises(ConfigError) as refusal:
        SwimConfig(**{setting: value})
    assert says in str(refusal.value)


def test_tcp_pings_can_be_turned_off() -> None:
    """A bool is no number below one."""
    assert not SwimConfig(tcp_pings=False, indirect_checks=0).tcp_pings
