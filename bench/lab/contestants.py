"""
Who plays in the simulated benches, by the names that options take.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

from gossipchat.sim.arena.arena import Team
from gossipchat.sim.arena.ours import OurTeam
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam, lifeguard_teams
from gossipchat.sim.baselines.plain_swim import PlainTeam
from gossipchat.swim.config import SwimConfig

LIFEGUARDS_ALPHA = 5
"""The suspicion multiplier of Lifeguard's paper; memberlist's is 4 today."""


RULES: dict[str, Callable[[SwimConfig], SwimConfig]] = {
    "no even probing": lambda lan: replace(lan, even_probing=False),
    "no path timeouts": lambda lan: replace(lan, path_timeout_most=0.0),
    "accused after a period": lambda lan: replace(lan, accuse_after=0.0),
    "no court": lambda lan: replace(lan, court_judges=0),
    "deaths wait for ticks": lambda lan: replace(lan, tell_deaths_at_once=False),
    "nobody is cut off": lambda lan: replace(lan, cut_off_after=0),
    "none (memberlist's)": lambda lan: lan.as_memberlist(),
}
"""Our failure detector with one of its rules left out, and with none of them."""


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


def without_rules() -> dict[str, Team]:
    """Ours with one rule left out each; their names begin with *gossipchat:*."""
    named = {f"gossipchat: {what}": change for what, change in RULES.items()}
    return {
        name: OurTeam(change(SwimConfig.lan()), name) for name, change in named.items()
    }


def chosen(
    names: str, among: dict[str, Team], others: dict[str, Team] | None = None
) -> list[Team]:
    """
    Those that *names*, comma separated, names of *among* and *others*.

    ``all`` is *among*, ``rules`` is *others*.
    """
    if names == "all":
        return list(among.values())
    if names == "rules" and others:
        return list(others.values())
    known = among | (others or {})
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"nobody is called {unknown[0]!r}: there are {', '.join(known)}")
    return [known[name] for name in wanted]
