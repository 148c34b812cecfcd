"""
Our own swim as a contestant: the core that ships, its packets as on the wire.
"""

from collections.abc import Mapping, Sequence

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.host import Host
from gossipchat.sim.swim_node import SwimNode
from gossipchat.sim.swim_world import SwimWorld
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.swim.events import MemberChanged, PacketReceived, Status
from gossipchat.wire.messages import OUR_VSN, Alive
from gossipchat.wire.serf_codec import encode_tags


class OurTeam:
    """``gossipchat.swim`` with any settings."""

    def __init__(self, config: SwimConfig | None = None, name: str = "ours") -> None:
        self.name = name
        self._config = config or SwimConfig.lan()

    def enlist(
        self, arena: Arena, names: Sequence[NodeName]
    ) -> Mapping[NodeName, "OurPlayer"]:
        """All have just heard of all, and have told it: the world begins settled."""
        world = _Reporting(arena, self._config)
        nodes = [world.add(name) for name in names]
        alive = tuple(_own_word(node) for node in nodes)
        for node in nodes:
            node.handle(PacketReceived(node.address, alive))
            _hush(_core(node))
        return {node.name: OurPlayer(node) for node in nodes}


def _own_word(node: SwimNode) -> Alive:
    """What it says of itself when it starts."""
    me = _core(node).me
    meta = encode_tags(me.tags)
    return Alive(me.incarnation, me.name, me.address, meta, OUR_VSN)


def _core(node: SwimNode) -> Swim:
    if node.swim is None:
        raise RuntimeError(f"{node.name} has been started, yet has no process")
    return node.swim


def _hush(swim: Swim) -> None:
    """Let it tell nothing of what waits to be told; no shell ever needs that."""
    parts = swim._parts
    for entry in parts.members:
        parts.broadcasts.withdraw(entry.name)


class OurPlayer:
    """One of our nodes, seen as a member of a team."""

    def __init__(self, node: SwimNode) -> None:
        self.node = node

    @property
    def host(self) -> Host:
        return self.node.host

    def holds(self, name: NodeName) -> Status | None:
        """What it holds of *name* now."""
        return self.node.sees(name)


class _Reporting(SwimWorld):
    """Our nodes; what they tell their watchers of members is written down."""

    def __init__(self, arena: Arena, config: SwimConfig) -> None:
        super().__init__(arena.network, config)
        self._arena = arena

    def notice(self, node: SwimNode, happening: object) -> None:
        """Only words on members count."""
        if isinstance(happening, MemberChanged):
            member = happening.member
            if happening.was is not member.status:
                self._arena.write(
                    node.name, member.name, member.status, member.incarnation
                )
