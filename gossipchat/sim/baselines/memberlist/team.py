"""
Agents in the arena.
"""

from collections.abc import Mapping, Sequence

from gossipchat.names import NodeName
from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.baselines.memberlist.agent import Agent
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.table import Entry
from gossipchat.sim.network.host import Host


class MemberlistTeam:
    """memberlist with Serf's defaults, or other *rules*."""

    def __init__(self, rules: Rules | None = None, name: str = "memberlist") -> None:
        self.name = name
        self.rules = rules or Rules()

    def enlist(
        self, arena: Arena, names: Sequence[NodeName]
    ) -> Mapping[NodeName, Agent]:
        """All know all from the start, which was some time ago."""
        shared = {name: Entry(name) for name in names}
        hosts = {name: Host(arena.network, name) for name in names}
        agents = {name: Agent(arena, name, hosts, shared, self.rules) for name in names}
        rules, later = self.rules, 0.0
        if rules.reconnects_within < rules.reconnect_interval:
            later = arena.heap.chance.random() * rules.reconnect_interval
        for agent in agents.values():
            agent.start(later)
        return agents


def lifeguard_teams(rules: Rules) -> list[MemberlistTeam]:
    """The five of Lifeguard's table: without, with each part alone, with all."""
    parts = ("lha_probe", "lha_suspicion", "buddy")
    return [
        MemberlistTeam(rules.only(), "SWIM"),
        MemberlistTeam(rules.only("lha_probe"), "LHA-Probe"),
        MemberlistTeam(rules.only("lha_suspicion"), "LHA-Suspicion"),
        MemberlistTeam(rules.only("buddy"), "Buddy"),
        MemberlistTeam(rules.only(*parts), "Lifeguard"),
    ]
