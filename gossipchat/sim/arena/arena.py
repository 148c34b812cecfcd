"""
The arena: one network, many hosts, and a team that plays on them.

    arena = Arena(seed=17, team=OurTeam(SwimConfig.lan()), size=32)
    arena.run(10)
    arena.kill("n3")
    arena.run(30)
    print(arena.record.all_know(Status.DEAD, "n3", by=arena.others("n3")))

Every team plays by the same rules: the same weather, the same kernel, the same clock;
what its members say of each other is written down as it is said.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple, Protocol

from gossipchat.names import NodeName
from gossipchat.sim.arena.record import Record, Word
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.host import Host
from gossipchat.sim.network.network import Network, Weather
from gossipchat.swim.events import Status

MOMENTS = 10.0
"""Seconds before a verdict in which its subject must have run all the time for the
verdict to be false."""


class Sent(NamedTuple):
    """What left the hosts."""

    packets: int
    """Datagrams."""
    bytes: int
    """In datagrams, without IP's and UDP's 28 bytes each."""
    stream_bytes: int
    """Over streams, without TCP's own."""

    def since(self, before: "Sent") -> "Sent":
        """What was sent after *before*."""
        return Sent(
            self.packets - before.packets,
            self.bytes - before.bytes,
            self.stream_bytes - before.stream_bytes,
        )


class Player(Protocol):
    """One member of a team, on its host."""

    @property
    def host(self) -> Host:
        """Where it runs."""

    def holds(self, name: NodeName) -> Status | None:
        """What it holds of the member *name* now."""


class Team(Protocol):
    """A membership protocol with its settings."""

    name: str

    def enlist(
        self, arena: "Arena", names: Sequence[NodeName]
    ) -> Mapping[NodeName, Player]:
        """
        Start a member on a host for each of *names*, and let all know all.

        May let time pass. What they say from then on goes to ``arena.write``.
        """


class Arena:
    """One run of one team."""

    def __init__(
        self, seed: int, team: Team, size: int, weather: Weather | None = None
    ) -> None:
        self.heap = Heap(seed)
        self.fate = Random(f"{seed}/fate")
        """For scenarios: the same draws for all teams."""
        self.network = Network(self.heap, weather)
        self.record = Record()
        self.sick: set[NodeName] = set()
        """Members that something is wrong with: nothing said of them is false."""
        self.players: dict[NodeName, Player] = {}
        names = [NodeName(f"n{number}") for number in range(size)]
        self.players = dict(team.enlist(self, names))
        self.record.words.clear()
        self.began = self.heap.now

    # --- the script -----------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.heap.run_until(self.heap.now + seconds)

    def kill(self, name: str) -> None:
        """The process dies; its machine refuses who dials."""
        self._host(name).kill()

    def vanish(self, name: str) -> None:
        """The machine is gone."""
        self._host(name).vanish()

    def pause(self, name: str) -> None:
        """The process does not run; whether for ever is up to ``resume``."""
        self._host(name).pause()

    def hold(self, name: str) -> None:
        """The process neither sends nor reads, but its clocks go on."""
        self._host(name).hold()

    def resume(self, name: str) -> None:
        """It runs again."""
        self._host(name).resume()

    def write(self, by: NodeName, of: NodeName, status: Status, number: int) -> None:
        """*by* now holds *of* in incarnation *number* to be *status*."""
        sick = self._is_sick(of), self._is_sick(by)
        self.record.write(Word(self.heap.now, by, of, status, number, *sick))

    def _is_sick(self, name: NodeName) -> bool:
        """Whether it is one of the *sick*, or stood still in the last ten seconds."""
        if name in self.sick or not self.players:
            return True
        return self._host(name).stood_still(self.heap.now - MOMENTS)

    # --- questions ------------------------------------------------------------

    @property
    def names(self) -> list[NodeName]:
        return list(self.players)

    def others(self, name: str) -> list[NodeName]:
        """All whose process runs, without *name*."""
        return [
            other
            for other, player in self.players.items()
            if other != name and player.host.program is not None
        ]

    def all_hold(self, status: Status, of: str) -> bool:
        """Whether every running member but *of* holds it to be *status*."""
        name = NodeName(of)
        others = self.others(of)
        return all(self.players[other].holds(name) is status for other in others)

    def whole(self) -> bool:
        """Whether every running member holds all running ones alive."""
        running = [*self.others("")]
        return all(
            self.players[by].holds(of) is Status.ALIVE
            for by in running
            for of in running
            if by != of
        )

    def sent(self) -> "Sent":
        """By all hosts, since each began."""
        hosts = [player.host for player in self.players.values()]
        return Sent(
            sum(host.packets_sent for host in hosts),
            sum(host.bytes_sent for host in hosts),
            sum(host.stream_bytes for host in hosts),
        )

    def _host(self, name: str) -> Host:
        return self.players[NodeName(name)].host
