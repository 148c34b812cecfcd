"""
The baselines behave as their papers and labs say: the yardstick is straight.

bench/calibration.py has the longer versions, each figure beside its source's.
"""

from math import e
from statistics import mean, median

import pytest

from gossipchat.sim.arena.arena import Arena
from gossipchat.sim.arena.scenarios import (
    LAB,
    Held,
    crash,
    lifeguard_grid,
    lossy,
    pauses,
)
from gossipchat.sim.baselines.memberlist.rules import Rules
from gossipchat.sim.baselines.memberlist.team import MemberlistTeam, lifeguard_teams
from gossipchat.sim.baselines.plain_swim import PlainRules, PlainTeam
from gossipchat.sim.network.network import Weather
from gossipchat.swim.events import Status
from tests.simulated.seeds import seeds


def test_an_idle_swim_sends_two_messages_a_member_a_period() -> None:
    """SWIM (2002), section 5: 2.0, whatever the size of the group."""
    for size in (10, 40):
        arena = Arena(1, PlainTeam(), size, Weather.even(0.002, 0.001))
        before = arena.sent()
        arena.run(30)
        rate = arena.sent().since(before).packets / size / 30
        assert rate == pytest.approx(2.0, abs=0.05)


def test_swim_suspects_first_after_e_over_e_minus_one_periods() -> None:
    """SWIM (2002), section 3.1: expected 1.58 periods, with random probes in step."""
    rules = PlainRules(laps=False, in_step=True)
    waits = []
    for seed in range(100):
        arena = Arena(seed, PlainTeam(rules), 24, Weather.even(0.002, 0.001))
        arena.run(0.5)
        arena.kill("n3")
        start = 1.0
        while arena.record.first(Status.SUSPECT, arena.names[3]) is None:
            arena.run(1)
        waits.append(arena.heap.now - 0.5 - start)
    assert mean(waits) == pytest.approx(e / (e - 1), abs=0.25)


def test_in_laps_a_death_is_probed_within_two_laps() -> None:
    """SWIM (2002), section 4.3: 2n - 1 periods at most for each member."""
    arena = Arena(5, PlainTeam(PlainRules(patience=1000)), 8)
    arena.run(3)
    arena.kill("n3")
    arena.run(2 * 8 - 1 + 1)
    accusers = {word.by for word in arena.record.of(Status.SUSPECT)}
    assert accusers == set(arena.others("n3"))


def test_patience_is_memberlists() -> None:
    """Measured with agents: of 4, one confirmation brings 24 s down to 11.38 s."""
    rules = Rules()
    assert rules.patience(4, 0) == pytest.approx(24.0)
    assert rules.patience(4, 1) == pytest.approx(11.38, abs=0.005)
    assert rules.patience(4, 2) == pytest.approx(4.0)
    assert rules.only().patience(4, 0) == pytest.approx(4.0)


def test_memberlist_finds_a_death_when_serfs_agents_do() -> None:
    """16 agents in a lab: all know after 6.8 s [6.2 - 9.8]."""
    waits = [crash(MemberlistTeam(), 16, seed).last for seed in range(12)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) == len(waits)
    assert median(known) == pytest.approx(6.8, abs=0.8)
    assert 5.0 < min(known) <= max(known) < 11.0


@pytest.mark.parametrize("seed", seeds(2))
def test_who_was_called_dead_by_mistake_refutes(seed: int) -> None:
    """A member that stood still for 20 s is buried, wakes and is alive for all."""
    arena = Arena(seed, MemberlistTeam(), 12, LAB)
    arena.run(3)
    arena.pause("n5")
    arena.run(20)
    assert arena.all_hold(Status.DEAD, "n5")
    arena.resume("n5")
    arena.run(10)
    assert arena.whole()
    assert arena.record.wrong() == (0, 0, 0, 0)


@pytest.mark.parametrize("seed", seeds(2))
def test_serf_finds_the_other_half_of_a_cut_again(seed: int) -> None:
    """memberlist forgets after half a minute; Serf's reconnect heals."""
    arena = Arena(seed, MemberlistTeam(), 8, LAB)
    names = arena.names
    arena.network.cut(names[:4], names[4:])
    arena.run(60)
    assert all(
        arena.players[by].holds(of) is Status.DEAD
        for by in names[:4]
        for of in names[4:]
    )
    arena.network.heal()
    arena.run(60)
    assert arena.whole()


def test_lifeguard_spares_the_healthy() -> None:
    """Members that wake for a millisecond only blame others; less with Lifeguard."""
    swim, lifeguard, suspicion = (
        lifeguard_grid(team, 24, 1, 4, 8.0, 0.001, lasts=40).deaths
        for team in map(lifeguard_teams(Rules()).__getitem__, (0, 4, 2))
    )
    assert swim >= 4
    assert max(suspicion, lifeguard) <= swim / 4


def test_local_health_spares_the_healthy_where_messages_are_held() -> None:
    """Acks that wait to be read make a slow member blame whom it asks: it asks less."""
    slow = Held(reading=0.0001)
    swim, probe = (
        lifeguard_grid(team, 24, 1, 4, 2.048, 0.001, lasts=33, held=slow).deaths
        for team in lifeguard_teams(Rules())[:2]
    )
    assert swim >= 4
    assert probe <= swim / 2


@pytest.mark.parametrize(("held", "told"), [(False, True), (True, False)])
def test_states_that_were_held_longer_than_their_stream_are_not_told(
    held: bool, told: bool
) -> None:
    """memberlist takes them first; writing after ten seconds fails."""
    rules = Rules(tcp_pings=False, push_pull_interval=100, reconnect_interval=1000)
    arena = Arena(1, MemberlistTeam(rules), 2, LAB)
    for name in arena.names if held else ():
        arena.hold(name)
    arena.run(111)
    for name in arena.names:
        arena.resume(name)
    arena.run(1)
    assert (arena.sent().stream_bytes > 0) is told


def test_a_short_pause_is_survived_and_a_long_one_told() -> None:
    """One second is over before the suspicion is; five are noticed."""
    short = pauses(MemberlistTeam(), 16, 1, paused=1.0, times=5)
    long = pauses(MemberlistTeam(), 16, 1, paused=5.0, times=5)
    assert (short.buried, short.verdicts) == (0, 0)
    assert (long.pauses, long.told) == (5, 5)


def test_a_quarter_lost_buries_nobody() -> None:
    """As 16 agents in a lab with 25 % loss for a minute: none."""
    assert lossy(MemberlistTeam(), 16, 1, loss=0.25).verdicts == 0
