"""
Our own swim as a contestant: the core that ships, its packets as on the wire.
"""

from collections.abc import Mapping, Sequence

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.network.host import Host
from gossipchat.sim.swim_alone.node import SwimNode
from gossipchat.sim.swim_alone.world import SwimWorld
from gossipchat.sim.world.settled import remembered, settle
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.core import Swim
from gossipchat.swim.events import MemberChanged, Status


class OurTeam:
    """``gossipchat.swim`` with any settings."""

    def __init__(self, config: SwimConfig | None = None, name: str = "ours") -> None:
        self.name = name
        self._config = config or SwimConfig.lan()

    def enlist(
        self, arena: Arena, names: Sequence[NodeName]
    ) -> Mapping[NodeName, "OurPlayer"]:
        """All have heard of all, and have told it: the world begins settled."""
        world = _Reporting(arena, self._config)
        nodes = [world.add(name) for name in names]
        swims = [_core(node) for node in nodes]
        settle(swims, arena.heap.now)
        kept = {told.name: (told, arena.heap.now) for told in remembered(swims)}
        for node in nodes:
            node.disk.members = {**kept}
            del node.disk.members[node.name]
        return {node.name: OurPlayer(node) for node in nodes}


def _core(node: SwimNode) -> Swim:
    if node.swim is None:
        raise RuntimeError(f"{node.name} has been started, yet has no process")
    return node.swim


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
