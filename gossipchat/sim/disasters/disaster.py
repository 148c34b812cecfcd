"""
A random disaster: what befalls a few nodes is drawn from a seed, then all is well
again, and the promises must have been kept.

    broken = Disaster(seed=17).play()

The script is drawn apart from the network's chances: a change to the protocol does
not change what happens to it.
"""

from collections.abc import Mapping, Sequence
from math import inf
from random import Random

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.chat.config import ChatConfig
from gossipchat.names import EntryId
from gossipchat.sim.disasters.mishaps import SCRIPT, Mishap
from gossipchat.sim.disasters.promises import (
    broken_promises,
    same_story,
    wrong_verdicts,
)
from gossipchat.sim.disasters.witness import Account, Broken, Witness
from gossipchat.sim.disks.disk import COMMIT, Disk
from gossipchat.sim.disks.fragile import FragileDisk
from gossipchat.sim.network.network import Weather
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.species import Species
from gossipchat.sim.world.world import World
from gossipchat.swim.config import SwimConfig

ROUGH = Weather(latency=0.002, jitter=0.01, loss=0.02, duplication=0.02)
QUIET = 15.0
"""Seconds at the end in which nothing happens, and nobody may be called dead."""
SEE_ALL = 5.0
"""Seconds after which all see all again, at most: on a rough network a few periods."""
SAME_STORY = 8.0
"""The same for what was said meanwhile; slow disks have three seconds of work left."""
ROOM = 40.0
"""More of them where a disk was full or failed until then: it is tried again now and
then."""
COPY_ENDS = 5.0
"""Seconds after the end of a copy in which its name may be called dead: where others
knew it nobody is any more, until its other machine has proven where that is."""
LINKS_END = 30.0
"""Seconds until all links have ended that a crash or a cut has broken, and whoever
stood still meanwhile knows it."""
STEP = 0.5
"""Seconds between two looks at a condition that costs something to find out."""


class Disaster:
    """
    One world with its script.

    Args:
        seed: what happens, and how the network behaves.
        size: nodes, at least 3.
        steps: things that happen, some 2 s apart.
        patience: seconds after which all must be well again.
        script: what may happen, and how often next to the others.
    """

    def __init__(
        self,
        seed: int,
        *,
        size: int = 5,
        steps: int = 25,
        patience: float = 120.0,
        weather: Weather = ROUGH,
        script: Mapping[Mishap, int] = SCRIPT,
        species: Species | None = None,
        swim_config: SwimConfig | None = None,
        broadcast_config: BroadcastConfig | None = None,
        chat_config: ChatConfig | None = None,
    ) -> None:
        self.world = World(
            seed,
            weather,
            swim_config,
            broadcast_config,
            chat_config,
            species,
            disks=FragileDisk,
        )
        self.account = Account()
        self.witness = Witness(self.world, self.account)
        self.world.watch = self.witness
        self.chance = Random(f"disaster {seed}")
        self.backups: dict[str, Disk] = {}
        """Old disks, by the machine's place."""
        self.copy: str | None = None
        """The machine on which a folder ran as well as on its own."""
        self.over: set[str | None] = set()
        """Machines that have ended for good."""
        self.forgeries = 0
        self._script = script
        self._size = size
        self._steps = steps
        self._patience = patience
        self._asked = 0
        self._room_since = -ROOM
        self._copy_ended = -COPY_ENDS

    def play(self) -> list[Broken]:
        """Let it happen; what was promised and not kept, or nothing."""
        try:
            self._begin()
            for _ in range(self._steps):
                weights = self._script.values()
                (happen,) = self.chance.choices([*self._script], [*weights])
                happen(self)
                self.witness.look()
                self.world.run(self.chance.uniform(0.0, 4.0))
                self.witness.look()
            return self._end()
        except Exception as error:  # whatever a mutant does: it stopped a node
            at = self.world.heap.now
            return [Broken(7, f"a node was stopped by {error!r}", at)]

    def _begin(self) -> None:
        self.world.start_all(self._size)
        self.world.wait(self.world.all_see_all, 10)

    def _end(self) -> list[Broken]:
        world = self.world
        self.heal()
        self.make_room()
        self.end_copy()
        for node in world.nodes.values():
            node.disk.takes = COMMIT
            world.resume(node.place)
            if not node.alive and node.place not in self.over:
                self.start(node)
        lacked_room = world.heap.now < self._room_since + ROOM
        copied = world.heap.now < self._copy_ended + COPY_ENDS
        late = self._recover(
            seen_within=SEE_ALL + copied * COPY_ENDS,
            told_within=SAME_STORY + lacked_room * ROOM,
        )
        since = max(world.heap.now, self._copy_ended + COPY_ENDS)
        world.run(QUIET)
        broken = broken_promises(world, self.account, self.witness)
        return [*late, *broken, *wrong_verdicts(world, since)]

    def _recover(self, seen_within: float, told_within: float) -> list[Broken]:
        """Let time pass until all is well; promise 5: what took too long."""
        world, late = self.world, list[Broken]()
        began = world.heap.now
        awaited = {
            "all see all": (world.all_see_all, seen_within),
            "all tell one story": (lambda: same_story(world), told_within),
        }
        while awaited and world.heap.now < began + self._patience:
            took = world.heap.now - began
            for what in [what for what, (holds, _) in awaited.items() if holds()]:
                _, limit = awaited.pop(what)
                if took > limit:
                    told = f"{what} only after {took:.1f} s"
                    late.append(Broken(5, told, world.heap.now))
            world.run(STEP)
        return late

    # --- for what happens -----------------------------------------------------

    def someone(self) -> Node:
        """Any node whose process lives."""
        return self.chance.choice(self.world.living)

    def next_ask(self) -> int:
        """By which the next thing that is said can be asked for."""
        self._asked += 1
        return self._asked

    def start(self, node: Node) -> None:
        """
        Again. The others may know its name where its copy runs, or ran: if a power cut
        took its memory of them as well, its user names a seed.
        """
        twins = self._twins()
        lost = node in twins and not node.disk.members
        others = [other.place for other in self.world.living if other not in twins]
        self.world.start(node.place, others[:1] if lost else ())

    def end(self, node: Node) -> None:
        """kill -9."""
        self.part([node.place])
        self.world.crash(node.place)

    def bury(self, node: Node) -> None:
        """It ends for good, and its disk with it."""
        self.over.add(node.place)
        self.end(node)
        node.disk = FragileDisk()
        self.witness.new_disk(node)
        self.count_losses()

    def run_twice(self, node: Node) -> None:
        """Its folder runs on another machine as well, from now on."""
        self.copy = f"{node.name}-again"
        self.world.run_twice(node.place, self.copy)

    def end_copy(self) -> None:
        """If both run, or might: the copy ends for good."""
        twins = self._twins()
        if twins and not self.over & {node.place for node in twins}:
            self._copy_ended = self.world.heap.now
            self.bury(twins[-1])

    def _twins(self) -> list[Node]:
        """The two machines on which one folder runs, or ran, the copy last."""
        if self.copy is None:
            return []
        copy = self.world.nodes[self.copy]
        return [node for node in self.world.nodes.values() if node.key == copy.key]

    def part(self, places: Sequence[str], ends: bool = True) -> None:
        """Links of *places* may end without a word; *ends*: what did it is over."""
        until = self.world.heap.now + LINKS_END if ends else inf
        for place in places:
            known = self.account.partings.get(place, 0.0)
            self.account.partings[place] = max(known, until)

    def heal(self) -> None:
        """All that was cut is whole."""
        for place, until in self.account.partings.items():
            if until == inf:
                self.account.partings[place] = self.world.heap.now + LINKS_END
        self.world.heal()

    def make_room(self) -> None:
        """No disk is full, or fails."""
        for node in self.world.nodes.values():
            if node.disk.trouble:
                node.disk.full = node.disk.fails = False
                self._room_since = self.world.heap.now

    def count_losses(self) -> None:
        """What was said, and no disk holds now."""
        nodes = self.world.nodes.values()
        said: list[EntryId] = [id for node in nodes for id in node.answers.values()]
        self.account.gone.update(
            id for id in said if not any(node.disk.holds(id) for node in nodes)
        )
