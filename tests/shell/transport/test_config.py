"""Limits that make no sense are refused at the start."""

import pytest

from gossipchat.errors import ConfigError
from gossipchat.transport.config import Config


@pytest.mark.parametrize(
    "setting",
    [
        {"first_byte_timeout": 0.0},
        {"proof_timeout": -1.0},
        {"stream_timeout": 0.0},
        {"max_strangers": 0},
        {"max_unproven_links": 0},
        {"max_handshake_bytes": 0},
        {"max_streams_bytes": 0},
        {"close_grace": -1.0},
        {"dead_peer_timeout": 1.0},
        {"receive_buffer_bytes": 0},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_a_limit_out_of_range_is_refused(setting: dict[str, float]) -> None:
    """The text names the setting."""
    with pytest.raises(ConfigError, match=f"transport.{next(iter(setting))} = "):
        Config(**setting)  # type: ignore[arg-type]
