"""
A random schedule of disasters on real nodes, drawn from one seed.

What comes next is drawn from the seed and from what the schedule itself has done,
never from how the nodes fare: so a seed gives one schedule. How the processes' own
timing falls into it differs from run to run.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from typing import NamedTuple

from gossipchat.errors import GossipChatError
from gossipchat.faces.socket.client import Client
from tests.processes.lab import Node, pause
from tests.processes.lab.wires import WiredLab

TICK_S = 0.25
MAX_DOWN = 3
"""So many are dead or frozen at a time, at most."""

LONGEST_CUT_S = 8.0

Step = Callable[[], str]


class Said(NamedTuple):
    """What a node answered to `say`."""

    id: str
    text: str


class Chaos:
    """Ten nodes and whatever happens to them."""

    def __init__(self, lab: WiredLab, nodes: list[Node], seed: int) -> None:
        self._lab = lab
        self._nodes = nodes
        for node in nodes:
            node.listen = node.address  # to come back there
        self._chance = Random(seed)
        self._dead: list[Node] = []
        self._frozen: list[Node] = []
        self._cut_ticks = 0
        self._doors: dict[str, Client] = {}
        self._spoken = 0
        self.said: list[Said] = []
        """All that was acknowledged, in the order of speaking."""
        self.doubtful: set[str] = set()
        """Texts whose speaker was killed before it could answer."""
        self.diary: list[str] = []
        """What was done, for whoever replays."""

    def play(self, seconds: float) -> None:
        """The schedule for *seconds*, then all is mended."""
        for _ in range(round(seconds / TICK_S)):
            for done in self._tick():
                self.diary.append(done)
            pause(TICK_S)
        self.mend()

    def mend(self) -> None:
        """All run, nobody is frozen, all cables are in."""
        self._lab.heal()
        for node in list(self._frozen):
            self._thaw(node)
        for node in list(self._dead):
            self._restart(node)
        for node in self._nodes:
            node.wait_until_up()
        for door in self._doors.values():
            door.close()
        self._doors.clear()

    # --- one tick -----------------------------------------------------------

    def _tick(self) -> Iterator[str]:
        if self._cut_ticks:
            self._cut_ticks -= 1
            if not self._cut_ticks:
                self._lab.heal()
                yield "heal"
        draw = self._chance.random()
        if draw < 0.06:
            yield self._disturb(self._kill)
        elif draw < 0.12 and self._dead:
            yield self._restart(self._chance.choice(self._dead))
        elif draw < 0.16:
            yield self._disturb(self._freeze)
        elif draw < 0.22 and self._frozen:
            yield self._thaw(self._chance.choice(self._frozen))
        elif draw < 0.26 and not self._cut_ticks:
            yield self._cut()
        for _ in range(self._chance.randint(0, 2)):
            self._say(self._chance.choice(self._nodes))

    def _disturb(self, how: Callable[[Node], str]) -> str:
        node = self._chance.choice(self._nodes)
        down = [*self._dead, *self._frozen]
        if node in down or len(down) >= MAX_DOWN:
            return "nothing"
        return how(node)

    def _kill(self, node: Node) -> str:
        node.kill()
        self._dead.append(node)
        self._hang_up(node)
        return f"kill {node.name}"

    def _restart(self, node: Node) -> str:
        self._dead.remove(node)
        node.begin()
        return f"restart {node.name}"

    def _freeze(self, node: Node) -> str:
        node.freeze()
        self._frozen.append(node)
        return f"freeze {node.name}"

    def _thaw(self, node: Node) -> str:
        self._frozen.remove(node)
        node.thaw()
        return f"thaw {node.name}"

    def _cut(self) -> str:
        names = [node.name for node in self._nodes]
        self._chance.shuffle(names)
        parts = self._chance.choice([2, 2, 3])
        places = sorted(self._chance.sample(range(1, len(names)), parts - 1))
        ends = [0, *places, len(names)]
        groups = [names[a:b] for a, b in pairwise(ends)]
        self._lab.cut(*groups)
        self._cut_ticks = self._chance.randint(1, round(LONGEST_CUT_S / TICK_S))
        return "cut " + " | ".join(",".join(group) for group in groups)

    # --- speaking -----------------------------------------------------------

    def _say(self, node: Node) -> None:
        self._spoken += 1
        if node in self._frozen or node in self._dead:
            return
        text = f"{self._spoken} by {node.name}"
        self.doubtful.add(text)
        try:
            door = self._doors.get(node.name)
            if door is None:
                door = self._doors[node.name] = node.socket()
            answer = door.ask("say", room="lobby", text=text)
        except GossipChatError:
            self._hang_up(node)  # it is just starting, or ending
            return
        self.doubtful.remove(text)
        self.said.append(Said(answer["id"], text))

    def _hang_up(self, node: Node) -> None:
        door = self._doors.pop(node.name, None)
        if door is not None:
            door.close()
