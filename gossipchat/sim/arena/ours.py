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
from gossipchat.swim.events import MemberChanged, Status

PATIENCE = 120.0
"""Seconds until all who join know all, at most."""

BETWEEN_JOINS = 0.02
"""Seconds from one join to the next."""


class OurTeam:
    """``gossipchat.swim`` with any settings."""

    def __init__(self, config: SwimConfig | None = None, name: str = "ours") -> None:
        self.name = name
        self._config = config or SwimConfig.lan()

    def enlist(
        self, arena: Arena, names: Sequence[NodeName]
    ) -> Mapping[NodeName, "OurPlayer"]:
        """All join by the first one."""
        world = _Reporting(arena, self._config)
        nodes = [world.add(name) for name in names]
        for node in nodes[1:]:
            world.join(node, nodes[0])
            world.run(BETWEEN_JOINS)
        if not world.run_until(world.whole, PATIENCE):
            raise RuntimeError("they did not find each other")
        return {node.name: OurPlayer(node) for node in nodes}


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
