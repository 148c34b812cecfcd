"""
memberlist's settings for a local network with Serf's, and Lifeguard's switches.
"""

from dataclasses import dataclass, replace
from math import inf, log, log10


@dataclass(frozen=True)
class Rules:
    """Durations are seconds."""

    probe_interval: float = 1.0
    probe_timeout: float = 0.5
    indirect_checks: int = 3
    tcp_pings: bool = True
    suspicion_mult: int = 4
    """Lifeguard's α; 5 in its paper."""
    suspicion_max_mult: int = 6
    """Lifeguard's β."""
    gossip_interval: float = 0.2
    gossip_nodes: int = 3
    gossip_to_the_dead: float = 30.0
    retransmit_mult: int = 4
    push_pull_interval: float = 30.0
    stream_timeout: float = 10.0
    max_awareness: int = 8
    reconnect_interval: float = 30.0
    """Serf's, for members that memberlist has forgotten; from the agent's start on."""
    started_within: float = inf
    """All agents started in so many seconds: each in its own time, as in a cluster
    that grew; a few seconds where a script began it."""
    lha_probe: bool = True
    """Local health stretches probe rounds, and helpers say nack."""
    lha_suspicion: bool = True
    """Suspicions begin long and shrink with each independent accuser."""
    buddy: bool = True
    """A suspect is told so with each ping."""

    def only(self, *parts: str) -> "Rules":
        """With no part of Lifeguard but *parts*."""
        switches = {
            part: part in parts for part in ("lha_probe", "lha_suspicion", "buddy")
        }
        return replace(self, **switches)

    @property
    def reconnects_within(self) -> float:
        """Seconds of each ``reconnect_interval`` in which all agents reconnect."""
        return min(self.started_within, self.reconnect_interval)

    def wanted_confirmations(self, members: int) -> int:
        """Accusers beside the first that bring the time down to its least."""
        wanted = self.suspicion_mult - 2
        return wanted if self.lha_suspicion and 0 < wanted <= members - 2 else 0

    def patience(self, members: int, heard: int) -> float:
        """Seconds from the first accusation to death, after *heard* confirmations."""
        scale = int(max(1.0, log10(max(1, members))) * 1000) / 1000
        least = self.suspicion_mult * scale * self.probe_interval
        wanted = self.wanted_confirmations(members)
        if wanted < 1:
            return least
        longest = self.suspicion_max_mult * least
        share = log(heard + 1) / log(wanted + 1)
        return max(least, longest - (longest - least) * share)

    def push_pull_every(self, members: int) -> float:
        """Above 32 members push/pulls get rarer with log2 n."""
        if members <= 32:
            return self.push_pull_interval
        doublings = -(-log(members / 32, 2) // 1)
        return self.push_pull_interval * (doublings + 1)
