"""
Whole peers in virtual time: the other interpreter of their effects.

    world = World(seed=17)
    world.start_all(5)
    world.run(3)
    world.say("n0", "hello")
    world.cut(["n0", "n1"], ["n2", "n3", "n4"])
    world.run(30)
    world.heal()
    world.wait(world.agree, 60)

Packets, streams and frames are really encoded and decoded; crypto is real. Not
modelled: the processor's time.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from copy import deepcopy
from functools import partial
from random import Random

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.chat import events as chat
from gossipchat.chat.bodies import Opening
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.sealing import Sealer
from gossipchat.names import Address
from gossipchat.peer.core import Peer
from gossipchat.peer.events import Effect, LeaveAsked, Started
from gossipchat.sim.disks.disk import Disk
from gossipchat.sim.disks.fragile import FragileDisk
from gossipchat.sim.heap import Heap
from gossipchat.sim.network.network import Network, Weather
from gossipchat.sim.world.machine import Node, Watch
from gossipchat.sim.world.settled import introduce
from gossipchat.sim.world.species import Species
from gossipchat.sim.world.traffic import Traffic
from gossipchat.sim.world.wires import Wires
from gossipchat.swim import events as swim
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.events import Status
from gossipchat.swim.membership.identity import identity_tag
from gossipchat.swim.membership.myself import Myself

FIRST_WAIT = 0.5
"""Seconds until a seed that has not answered is asked again; then twice that."""


class World:
    """Machines and the network between them; a run is its seed."""

    def __init__(
        self,
        seed: int,
        weather: Weather | None = None,
        swim_config: SwimConfig | None = None,
        broadcast_config: BroadcastConfig | None = None,
        chat_config: ChatConfig | None = None,
        species: Species | None = None,
        disks: type[Disk] = Disk,
    ) -> None:
        """*disks*: what machines have; who is to lose power has ``FragileDisk``."""
        self.seed = seed
        self.heap = Heap(seed)
        self.network = Network(self.heap, weather)
        self.species, self.disks = species or Species(), disks
        self.cables = self.species.cables(self.network)
        self.wires = Wires(self.network, self.cables)
        self.nodes: dict[str, Node] = {}
        self._blind: Node | None = None
        self.happenings: list[tuple[float, str, object]] = []
        self.watch: Watch | None = None
        self.listen: Callable[[Node, Effect], None] | None = None
        self._swim_config = swim_config or SwimConfig.lan()
        self._broadcast_config = broadcast_config or BroadcastConfig()
        self._chat_config = chat_config or ChatConfig(say_rate=0)

    # --- the script -----------------------------------------------------------

    def start(self, name: str, seeds: Sequence[str] = (), silent: bool = False) -> Node:
        """
        Start (or start again) the node *name*; it asks *seeds* and whom it knew.

        *silent*: even a new one says nothing, not who it is, before its users do.
        """
        node = self.nodes.get(name) or Node(
            self, name, len(self.nodes) + 1, f"{self.seed}/{name}", name
        )
        self.nodes[name] = node
        self.wires.plug_in(node)
        peer = self._peer_of(node)
        peer.chat._is_new &= not silent
        node.begin(peer)
        node.feed(Started())
        asked = [self.nodes[seed].address for seed in seeds]
        remembered = [member.address for member in node.disk.members.values()]
        self._seek(node, asked, remembered, FIRST_WAIT)
        return node

    def _seek(
        self,
        node: Node,
        seeds: list[Address],
        remembered: list[Address],
        wait: float,
    ) -> None:
        """Ask seeds for ever, whom it knew until one lives (``node.care.seeds``)."""
        assert node.peer is not None  # noqa: S101
        alive = [m for m in node.peer.swim.members() if m.status is Status.ALIVE]
        known = {node.address, *(member.address for member in alive)}
        wanted = [*seeds, *(remembered if len(known) == 1 else [])]
        for address in wanted:
            if address not in known:
                node.feed(swim.JoinAsked(address))
        if wanted:
            again = partial(self._seek, node, seeds, remembered, min(15.0, 2 * wait))
            node.after(wait, again)

    def run_twice(self, name: str, place: str) -> Node:
        """
        Start a copy of *name*'s disk, its key on it, on a machine of its own.

        From then on *place* is what that machine is called in a script; to the others
        both are *name*.
        """
        secret = f"{self.seed}/{name}"
        copy = Node(self, name, len(self.nodes) + 1, secret, place)
        copy.disk = deepcopy(self.nodes[name].disk)
        self.nodes[place] = copy
        return self.start(place)

    def start_all(self, count: int) -> list[str]:
        """Start ``n0`` … with ``n0`` as everybody's seed, 0.1 s apart."""
        names = [f"n{number}" for number in range(count)]
        for name in names:
            self.start(name, names[:1] if name != names[0] else ())
            self.run(0.1)
        return names

    def start_settled(self, count: int) -> list[str]:
        """
        Start ``n0`` … all at once, as if they had known each other for long and never
        spoken: for what comes later among hundreds. Links grow as ever.
        """
        names = [f"n{number}" for number in range(count)]
        nodes = [self.start(name, silent=True) for name in names]
        introduce(nodes, self.heap.now)
        return names

    def crash(self, name: str) -> None:
        """kill -9: what was not yet on disk is lost."""
        node = self.nodes[name]
        node.end()
        self.cables.break_all_of(node)

    def lose_power(self, name: str) -> None:
        """The machine goes off: what its disk had not yet synced may be lost too."""
        node = self.nodes[name]
        node.end(off=True)
        if isinstance(node.disk, FragileDisk):
            node.disk = node.disk.after_power_cut(self.heap.chance)
        self.cables.silence(node)

    def pause(self, name: str) -> None:
        """
        The process stands still: timers are late, and what comes in waits in the
        kernel's buffer, in which there is room for some 250 datagrams.
        """
        self.nodes[name].host.pause()

    def resume(self, name: str) -> None:
        """It goes on; nothing happens if it never stood still."""
        self.nodes[name].host.resume()

    def leave(self, name: str) -> None:
        """Ask the node to leave gracefully, wait for it, end it."""
        node = self.nodes[name]
        node.feed(LeaveAsked())
        self.wait(lambda: node.left, 5)
        self.crash(name)

    def say(
        self, name: str, text: str, ask: Hashable = None, room: str = "lobby"
    ) -> None:
        """*text* in *room*, by the user of *name*."""
        ask = text if ask is None else ask
        self.nodes[name].feed(chat.SayAsked(ask, "say", room, name, text))

    def cut(self, side: Iterable[str], other: Iterable[str]) -> None:
        """Nothing passes between the two sides any more."""
        self.network.cut(list(side), list(other))
        self.cables.strain()

    def cut_one_way(self, source: str, target: str) -> None:
        """Nothing gets from *source* to *target* any more; the other way it does."""
        self.network.cut_one_way(source, target)
        self.cables.strain()

    def reject(self, side: Iterable[str], other: Iterable[str]) -> None:
        """A firewall between the two sides: who dials is refused at once."""
        self.network.reject(list(side), list(other))
        self.cables.strain()

    def heal(self) -> None:
        """All cuts and firewalls end."""
        self.network.heal()

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.heap.run_until(self.heap.now + seconds)

    def wait(self, condition: Callable[[], bool], limit: float) -> bool:
        """Let time pass until *condition* holds, *limit* seconds at most."""
        return self.heap.run_until_true(condition, self.heap.now + limit)

    # --- what is true -----------------------------------------------------------

    @property
    def living(self) -> list[Node]:
        """The nodes that have a peer now."""
        return [node for node in self.nodes.values() if node.alive]

    def all_see_all(self) -> bool:
        """Every living node holds every living one alive, and no dead one."""
        expected = {node.name for node in self.living}

        def sees(node: Node) -> bool:
            seen = node.statuses().items()
            return {n for n, status in seen if status is Status.ALIVE} == expected

        if self._blind is not None and self._blind.alive and not sees(self._blind):
            return False  # who did not see them last time is asked first
        self._blind = next((node for node in self.living if not sees(node)), None)
        return self._blind is None

    def agree(self) -> bool:
        """All living nodes hold the same entries."""
        histories = [node.history() for node in self.living]
        return all(history == histories[0] for history in histories)

    def sent(self) -> Traffic:
        """By all machines, so far."""
        return self.wires.sent()

    def _peer_of(self, node: Node) -> Peer:
        species = self.species
        chance = Random(self.heap.chance.getrandbits(64))
        tags = {"gc": identity_tag(node.signing, node.name, b"")}
        restored = Myself.restored(
            node.name, node.address, node.key, tags, node.disk.counters
        )
        pins = {m.name: m.key for m in node.disk.members.values() if m.key is not None}
        sealing = node.sealing.public_key().public_bytes_raw()
        last = node.disk.last_own(node.key)
        opening = Opening(node.name, sealing, last, "sim", node.name)
        author = node.twin or species.author(node.signing, chance.getrandbits(64))
        node.author, node.twin = author, None
        feeds, config = node.disk.feeds(), self._broadcast_config
        return Peer(
            species.swim(
                restored,
                self._swim_config,
                chance,
                pins,
                budget=self.wires.packets.budget,
                remembered=node.disk.remembered(node.name, node.moment.wall_ms),
            ),
            species.broadcast(node.key, config, chance, feeds, author),
            species.chat(
                author,
                opening,
                self._chat_config,
                node.disk.newest,
                node.disk.highest_hlc,
                known=node.disk.known(),
                next_due_ms=node.disk.next_due_ms,
                sealer=Sealer(node.key, node.sealing, chance.randbytes),
            ),
        )
