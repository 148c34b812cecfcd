"""
Who plays in the simulated benches, by the names that options take.
"""

import sys
from dataclasses import replace

from gossipchat.sim.arena.arena import Team
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam, lifeguard_teams
from gossipchat.sim.baselines.plain_swim import PlainTeam
from gossipchat.swim.config import SwimConfig

LIFEGUARDS_ALPHA = 5
"""The suspicion multiplier of Lifeguard's paper; memberlist's is 4 today."""


def contestants() -> dict[str, Team]:
    """All of them, by name."""
    teams: list[Team] = [
        OurTeam(SwimConfig.lan(), "gossipchat"),
        MemberlistTeam(name="memberlist"),
        PlainTeam(name="SWIM 2002"),
    ]
    return {team.name: team for team in teams}


def lifeguards() -> dict[str, Team]:
    """The five of Lifeguard's table, with its paper's settings."""
    rules = replace(Rules(), suspicion_mult=LIFEGUARDS_ALPHA)
    return {team.name: team for team in lifeguard_teams(rules)}


def chosen(names: str, among: dict[str, Team]) -> list[Team]:
    """Those that *names*, comma separated, names; ``all`` is all."""
    if names == "all":
        return list(among.values())
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in among]
    if unknown:
        sys.exit(f"nobody is called {unknown[0]!r}: there are {', '.join(among)}")
    return [among[name] for name in wanted]
