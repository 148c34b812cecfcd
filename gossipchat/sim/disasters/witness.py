"""
Who looks on while a world runs, and notes at once what must never happen.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from math import inf

from gossipchat.broadcast.events import LinkDown
from gossipchat.chat.events import Line
from gossipchat.chat.receipts.events import ReceiptChanged
from gossipchat.names import EntryId
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from gossipchat.swim.events import Status

FORGED = "forged: "
"""How every text begins that somebody said in another's name."""

KNOWN = 20.0
"""Seconds after which nobody who is awake holds somebody alive who is not, or from whom
nothing gets there."""

ALONE = 10.0
"""Seconds after which somebody who reaches nobody has to say so."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept."""

    promise: int
    what: str
    at: float
    """Virtual seconds."""

    def __str__(self) -> str:
        return f"promise {self.promise} at {self.at:.3f} s: {self.what}"


@dataclass(slots=True)
class Account:
    """What really happened in a world, as whoever wrote the script knows it."""

    gone: set[EntryId] = field(default_factory=set)
    """What no disk holds any more: nobody can be asked for it."""
    threads: list[tuple[EntryId, str, Hashable]] = field(default_factory=list)
    """Answers given: what was answered, where, and how that is asked for."""
    partings: dict[str, float] = field(default_factory=dict)
    """Where links may end without a word, crashed or cut off; until when."""


@dataclass(slots=True)
class _Seen:
    """What the users of one machine have seen since it has its disk."""

    shown: dict[EntryId, Line] = field(default_factory=dict)
    """As it came, in order."""
    found: set[EntryId] = field(default_factory=set)
    """What was on the disk when a process began: it is read from there."""


class Witness:
    """Stands beside every node (``World.watch``)."""

    def __init__(self, world: World, account: Account) -> None:
        self.broken: list[Broken] = []
        self._world, self._account = world, account
        self._seen: dict[str, _Seen] = {}
        self._robbed: set[str] = set()
        """Whose disk has lost something: they may have told of it before."""
        self._since: dict[tuple[str, str], float] = {}
        """Since when something has been so of some node."""

    # --- at each step ---------------------------------------------------------

    def began(self, node: Node) -> None:
        """A process starts: what its disk has can be read."""
        self._of(node).found |= {line.id for line in node.disk.lines}

    def shown(self, node: Node, lines: tuple[Line, ...]) -> None:
        """Promises 3, 4 and 7: on disk before it is shown, once, and not forged."""
        seen = self._of(node).shown
        for line in lines:
            if not node.disk.holds(line.id):
                self._note(3, f"{node.name} shows {line.text!r}, which no disk holds")
            if line.id in seen:
                self._note(4, f"{node.name} shows {line.text!r} twice")
            if line.text.startswith(FORGED):
                self._note(7, f"{node.name} shows what was never said: {line.text!r}")
            seen[line.id] = line

    def answered(self, node: Node, ask: Hashable, id: EntryId) -> None:
        """Promise 3: what is answered as said is on disk."""
        if not node.disk.holds(id):
            self._note(3, f"{node.name} says that {ask} is said, and it is on no disk")

    def refused(self, node: Node, ask: Hashable, why: str) -> None:
        """Promise 6: who is told that the disk is full, or fails, has such a disk."""
        if why != node.disk.trouble:
            self._note(6, f"{node.name} refuses {ask}: {why!r}, and it is not so")

    def noticed(self, node: Node, happening: object) -> None:
        """Promise 6: receipts are true, and links say why they end."""
        match happening:
            case ReceiptChanged(id, receipt):
                for name in receipt.have:
                    if name not in self._robbed and not self._has(name, id):
                        what = f"{node.name} says that {name} has {id}"
                        self._note(6, f"{what}, and it has not")
            case LinkDown(peer, None):
                other = self._world.wires.owner_of(peer) or node
                if not (self._may_part(node) or self._may_part(other)):
                    what = f"the link of {node.name} to {other.name}"
                    self._note(6, f"{what} ended without a word")

    def _called(self, name: str) -> list[Node]:
        """The machine of that name; two, while its folder runs twice."""
        return [node for node in self._world.nodes.values() if node.name == name]

    def _has(self, name: str, id: EntryId) -> bool:
        return any(node.disk.holds(id) for node in self._called(name))

    def _may_part(self, node: Node) -> bool:
        """Whether links to that name may end without a word now."""
        partings = self._account.partings
        until = (partings.get(one.place, -inf) for one in self._called(node.name))
        return self._world.heap.now <= max(until)

    def new_disk(self, node: Node) -> None:
        """Its disk was changed for another: what it shows begins anew."""
        self._seen.pop(node.place, None)
        self._robbed.add(node.name)

    def lost_some(self, node: Node) -> None:
        """The last that was on its disk is gone: it may be shown again."""
        self._robbed.add(node.name)
        seen = self._of(node)
        seen.shown = {id: x for id, x in seen.shown.items() if node.disk.holds(id)}
        seen.found = {id for id in seen.found if node.disk.holds(id)}

    def shown_order(self, place: str) -> dict[EntryId, Line]:
        """What was shown at *place* since it has its disk, in order."""
        return self._seen.get(place, _Seen()).shown

    def never_shown(self, node: Node) -> Iterator[Line]:
        """What is on its disk to be read, and was not shown there when it came."""
        seen = self._of(node)
        for line in node.disk.lines:
            if line.id not in seen.shown and line.id not in seen.found:
                yield line

    # --- now and then ---------------------------------------------------------

    def look(self) -> None:
        """
        Promises 2 and 6: who is gone is known to be, and who is cut off, and who is
        alone knows it.
        """
        nodes = self._world.nodes.values()
        names = dict.fromkeys(node.name for node in nodes)
        living = {node.name for node in self._world.living}
        for node in nodes:
            held = self._held_alive(node)
            near = self._within_reach(node) if held else set()
            for name in names:
                gone = name not in living and name in held
                if self._lasts(f"{name} lives", node, gone) > KNOWN:
                    self._note(2, f"{node.name} holds {name} alive, long dead")
                apart = name in living and name in {*held} - near
                if self._lasts(f"{name} is near", node, apart) > KNOWN:
                    self._note(6, f"{node.name} shows {name} alive, cut off")
            alone = bool(held) and self._is_alone(node)
            if self._lasts("is not alone", node, alone) > ALONE:
                self._note(6, f"{node.name} reaches nobody, and shows {held} alive")

    def _held_alive(self, node: Node) -> list[str]:
        """The others that *node* holds alive; nobody, if it stood still lately."""
        if not node.alive or node.host.stood_still(self._world.heap.now - ALONE):
            return []
        alive = Status.ALIVE
        statuses = node.statuses().items()
        return [name for name, held in statuses if held is alive and name != node.name]

    def _within_reach(self, node: Node) -> set[str]:
        """Whom something may come from, over others too; *node* among them."""
        near, asked = {node.place: node}, [node]
        while asked:
            here = asked.pop()
            for other in self._world.living:
                if other.place not in near and self._hears(here, other):
                    near[other.place] = other
                    asked.append(other)
        return {other.name for other in near.values()}

    def _is_alone(self, node: Node) -> bool:
        """Nothing comes from anybody; who is refused by a firewall is answered."""
        others = [other for other in self._world.living if other is not node]
        return not any(self._hears(node, other) for other in others)

    def _hears(self, node: Node, other: Node) -> bool:
        network, ends = self._world.network, (node.place, other.place)
        passes = network.passes(*ends) or network.passes(*reversed(ends))
        return passes or network.rejects(*ends)

    def _lasts(self, what: str, node: Node, is_so: bool) -> float:
        """Seconds for which *what* has been so of *node*."""
        now = self._world.heap.now
        if not is_so:
            self._since.pop((what, node.place), None)
        return now - self._since.setdefault((what, node.place), now) if is_so else 0.0

    def _of(self, node: Node) -> _Seen:
        return self._seen.setdefault(node.place, _Seen())

    def _note(self, promise: int, what: str) -> None:
        self.broken.append(Broken(promise, what, self._world.heap.now))
