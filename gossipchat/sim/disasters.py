"""
A random disaster: what befalls a few nodes is drawn from a seed, then all is well
again, and the promises must have been kept.

    broken = Disaster(seed=17).play()

The script is drawn apart from the network's chances: a change to the protocol does
not change what happens to it.
"""

from collections.abc import Callable, Hashable
from copy import deepcopy
from hashlib import sha256
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.events import LinkOpened
from gossipchat.chat.bodies import spoken_body
from gossipchat.chat.config import ChatConfig
from gossipchat.feeds.entry import GENESIS, Entry
from gossipchat.feeds.run import seal_run
from gossipchat.names import AuthorKey, EntryId, FeedId, RoomName
from gossipchat.sim.disk import Disk
from gossipchat.sim.machine import EPOCH_MS, Node
from gossipchat.sim.network import Weather
from gossipchat.sim.promises import (
    FORGED,
    Account,
    Broken,
    Witness,
    broken_promises,
    same_story,
    wrong_verdicts,
)
from gossipchat.sim.species import Species
from gossipchat.sim.world import World
from gossipchat.swim.config import SwimConfig
from gossipchat.wire.ours.frames import Runs

LOBBY = RoomName("lobby")
ROUGH = Weather(latency=0.002, jitter=0.01, loss=0.02, duplication=0.02)
QUIET = 15.0
"""Seconds at the end in which nothing happens, and nobody may be called dead."""
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
    """

    def __init__(
        self,
        seed: int,
        *,
        size: int = 5,
        steps: int = 25,
        patience: float = 120.0,
        weather: Weather = ROUGH,
        species: Species | None = None,
        swim_config: SwimConfig | None = None,
        broadcast_config: BroadcastConfig | None = None,
        chat_config: ChatConfig | None = None,
    ) -> None:
        self.world = World(
            seed, weather, swim_config, broadcast_config, chat_config, species
        )
        self.account = Account()
        self.witness = Witness(self.world)
        self.world.watch = self.witness
        self._chance = Random(f"disaster {seed}")
        self._size = size
        self._steps = steps
        self._patience = patience
        self._asked = 0
        self._copies: dict[str, Disk] = {}
        self._buried: str | None = None
        self._forgeries = 0

    def play(self) -> list[Broken]:
        """Let it happen; what was promised and not kept, or nothing."""
        try:
            self._begin()
            for _ in range(self._steps):
                (happen,) = self._chance.choices([*SCRIPT], [*SCRIPT.values()])
                happen(self)
                self.world.run(self._chance.uniform(0.0, 4.0))
            return self._end()
        except Exception as error:  # whatever a mutant does: it stopped a node
            at = self.world.heap.now
            return [Broken(7, f"a node was stopped by {error!r}", at)]

    def _begin(self) -> None:
        self.world.start_all(self._size)
        self.world.wait(self.world.all_see_all, 10)

    def _end(self) -> list[Broken]:
        world = self.world
        world.heal()
        for node in world.nodes.values():
            node.disk.full = False
            if not node.alive and node.name != self._buried:
                world.start(node.name)
        deadline = world.heap.now + self._patience
        while world.heap.now < deadline:
            if world.all_see_all() and same_story(world):
                break
            world.run(STEP)
        since = world.heap.now
        world.run(QUIET)
        broken = broken_promises(world, self.account, self.witness)
        return [*broken, *wrong_verdicts(world, since)]

    # --- what may happen ------------------------------------------------------

    def _say(self) -> None:
        """Somebody says something, "ok" now and then."""
        node = self._someone()
        self._asked += 1
        text = self._chance.choice(["ok", f"line {self._asked}"])
        self.world.say(node.name, text, ask=self._asked)

    def _answer(self) -> None:
        """Somebody answers the last line of another that he sees."""
        node = self._someone()
        heard = [
            line.id
            for line in self.witness.shown_order(node.name).values()
            if line.room is not None and line.id.author != node.key
        ]
        if heard:
            self._asked += 1
            self.account.threads.append((heard[-1], node.name, self._asked))
            self.world.say(node.name, f"answer {self._asked}", ask=self._asked)

    def _crash(self) -> None:
        if len(self.world.living) > 2:
            self._end_of(self._someone())

    def _leave(self) -> None:
        """Somebody leaves as one should, and may come back."""
        if len(self.world.living) > 2:
            self.world.leave(self._someone().name)

    def _restart(self) -> None:
        for node in self.world.nodes.values():
            if not node.alive and node.name != self._buried:
                self.world.start(node.name)
                return

    def _cut(self) -> None:
        """Some are cut off from the others: one, or half."""
        names = list(self.world.nodes)
        side = self._chance.sample(names, self._chance.choice([1, len(names) // 2]))
        self.account.partings.update(names)
        self.world.cut(side, [name for name in names if name not in side])

    def _heal(self) -> None:
        self.world.heal()

    def _set_clock(self) -> None:
        """Somebody's clock is an hour or two off from now on."""
        self._someone().wall_ahead_ms = self._chance.randrange(-7_200_000, 7_200_000)

    def _fill_disk(self) -> None:
        self._someone().disk.full = True

    def _make_room(self) -> None:
        for node in self.world.nodes.values():
            node.disk.full = False

    def _copy(self) -> None:
        """Somebody makes a backup."""
        node = self._someone()
        self._copies[node.name] = deepcopy(node.disk)

    def _restore(self) -> None:
        """Somebody's disk breaks, and an old copy takes its place."""
        for name, disk in self._copies.items():
            node = self.world.nodes[name]
            if node.alive and len(self.world.living) > 2:
                self._end_of(node)
                node.disk = deepcopy(disk)
                self.witness.new_disk(name)
                self._count_losses()
                self.world.start(name)
                return

    def _bury(self) -> None:
        """One machine ends for good, and its disk with it."""
        if self._buried is None and len(self.world.living) > 3:
            node = self._someone()
            self._buried = node.name
            self._end_of(node)
            node.disk = Disk()
            self.witness.new_disk(node.name)
            self._count_losses()

    def _forge(self) -> None:
        """Somebody with the cluster's key speaks in the name of another."""
        victim, target = self._someone(), self._someone()
        self._forgeries += 1
        text = f"{FORGED}{self._forgeries}"
        forger = Forger(self._forgeries)
        self.world.cables.connect(forger, target)
        feed = FeedId(victim.key, self._chance.getrandbits(64))
        for link in forger.links:
            self.world.cables.send(link, (Runs((forger.run(feed, text),)),))
            self.world.cables.end(link, "bye")

    # --- helpers --------------------------------------------------------------

    def _someone(self) -> Node:
        return self._chance.choice(self.world.living)

    def _end_of(self, node: Node) -> None:
        self.account.partings.add(node.name)
        self.world.crash(node.name)

    def _count_losses(self) -> None:
        """What was said, and no disk holds now."""
        nodes = self.world.nodes.values()
        said: list[EntryId] = [id for node in nodes for id in node.answers.values()]
        self.account.gone.update(
            id for id in said if not any(node.disk.holds(id) for node in nodes)
        )


class Forger:
    """Has links, and a key that is nobody's."""

    def __init__(self, number: int) -> None:
        self.place: Hashable = f"forger {number}"
        seed = sha256(f"forger {number}".encode()).digest()
        self._signing = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = AuthorKey(self._signing.public_key().public_bytes_raw())
        self.links: list[int] = []

    def feed(self, event: object) -> None:
        """Remember the link; nothing that is said over it matters."""
        if isinstance(event, LinkOpened):
            self.links.append(event.link)

    def run(self, feed: FeedId, text: str) -> bytes:
        """A run of *feed* with one line, under the forger's own seal."""
        body = spoken_body(LOBBY, "anybody", text, None, None)
        entry = Entry(EPOCH_MS << 16, EPOCH_MS, (), "say", body)
        return seal_run(self._signing, feed, 1, GENESIS, [entry.encode()]).encoded


SCRIPT: dict[Callable[[Disaster], None], int] = {
    Disaster._say: 10,
    Disaster._answer: 6,
    Disaster._crash: 3,
    Disaster._leave: 1,
    Disaster._restart: 4,
    Disaster._cut: 2,
    Disaster._heal: 2,
    Disaster._set_clock: 1,
    Disaster._fill_disk: 1,
    Disaster._make_room: 1,
    Disaster._copy: 1,
    Disaster._restore: 1,
    Disaster._bury: 1,
    Disaster._forge: 1,
}
"""What may happen, and how often next to the others."""
