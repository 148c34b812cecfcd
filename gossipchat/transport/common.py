"""
What the parts of one transport share.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gossipchat.transport.config import Config
from gossipchat.transport.connections import Connections
from gossipchat.transport.layers import Layers
from gossipchat.transport.listener import Listener
from gossipchat.transport.places import Places
from gossipchat.transport.turns import Turns
from gossipchat.wire.layers.keyring import KeyRing


@dataclass(frozen=True)
class Common:
    """One transport's surroundings."""

    reactor: Any
    config: Config
    listener: Listener
    layers: Layers
    turns: Turns
    connections: Connections
    """All of TCP, inbound and outbound."""
    strangers: Places
    """Inbound connections that have not proven themselves."""
    counters: Counter[str]
    wall_ms: Callable[[], int]

    @classmethod
    def make(
        cls,
        reactor: Any,
        keyring: KeyRing | None,
        label: bytes,
        listener: Listener,
        config: Config,
        wall_ms: Callable[[], int],
    ) -> "Common":
        """Everything empty and unused."""
        counters: Counter[str] = Counter()
        return cls(
            reactor,
            config,
            listener,
            Layers(reactor, keyring, label, config),
            Turns(reactor),
            Connections(),
            Places(config.max_strangers, counters, "connections.evicted"),
            counters,
            wall_ms,
        )
