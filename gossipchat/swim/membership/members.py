"""
The members: what is held true of each, and the order in which they are probed.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from random import Random

from gossipchat.names import Address, AuthorKey, NodeName
from gossipchat.swim.detector.suspicion import Suspicion
from gossipchat.swim.events import Member, Remembered, Status
from gossipchat.wire.memberlist.messages import OUR_VSN, NodeState, State, Vsn
from gossipchat.wire.serf.messages import Coordinate

FEW = 16
"""Below this many members, a random choice looks at each instead of drawing."""


class Standing(Enum):
    """Where Serf sees a member: it knows intents, which SWIM does not."""

    ALIVE = 1
    LEAVING = 2
    LEFT = 3
    FAILED = 4


@lru_cache(maxsize=16_384)
def place_of(name: str) -> int:
    """A fair place for *name* among 2^64, the same on every node."""
    spelled = name.encode("utf-8", "surrogateescape")
    return int.from_bytes(blake2b(spelled, digest_size=8).digest())


@dataclass(slots=True)
class Entry:
    """One member. Mutable; outside of this room people see ``Member``."""

    name: NodeName
    address: Address
    meta: bytes = b""
    vsn: Vsn = OUR_VSN
    incarnation: int = 0
    state: State = State.DEAD
    changed: float = 0.0
    """When *state* last changed."""
    tags: Mapping[str, str] = field(default_factory=dict)
    key: AuthorKey | None = None
    rtt: float | None = None
    coordinate: Coordinate | None = None
    """Where it is in Serf's network space, as its last ack said."""
    acked: float = float("-inf")
    """When its last ack to a probe of ours came,"""
    view: bytes = b""
    """and which mark of its view that told (``dissemination.views``)."""
    view_piece: tuple[int, int] = (-1, 0)
    """What it adds to our own mark, and in which incarnation."""
    rtts: tuple[float, ...] = ()
    """The last few round trips that moved our own coordinate."""
    suspicion: Suspicion | None = None
    standing: Standing = Standing.FAILED
    status_ltime: int = 0
    """Lamport time of the newest intent about it."""
    listed: bool = False
    """Whether SWIM's table has it; otherwise it is only remembered, as dead."""
    told_disk: float = 0.0
    """When ``RememberMember`` was last said of it."""
    cut: bool = False
    """Whether we are cut off from it, as from all: shown dead, but not held dead."""
    told: NodeState | None = None
    """What ``as_node_state`` said last."""
    place: int = field(init=False)
    """Where its name falls on the ring of all names, 0 to 2^64 - 1."""

    def __post_init__(self) -> None:
        self.place = place_of(self.name)

    @property
    def lives(self) -> bool:
        return self.state <= State.SUSPECT

    @property
    def status(self) -> Status:
        """
        As people are told: one that is about to leave is alive until it has.

        Its own goodbye counts as leaving even where its intent got lost; Serf calls
        that failed until the intent comes after all, and so does ``standing``.
        """
        if self.cut and self.lives:
            return Status.DEAD
        if self.state is State.ALIVE:
            return Status.ALIVE
        if self.state is State.SUSPECT:
            return Status.SUSPECT
        left = self.state is State.LEFT or self.standing is Standing.LEFT
        return Status.LEFT if left else Status.DEAD

    @property
    def takes_checksums(self) -> bool:
        return self.vsn[1] >= 5

    def as_member(self) -> Member:
        """As people and faces are told of it."""
        return Member(
            self.name,
            self.address,
            self.status,
            self.incarnation,
            self.key,
            dict(self.tags),
            self.rtt,
        )

    def as_node_state(self) -> NodeState:
        """For push/pulls, which tell of all members each time: made once."""
        told = self.told
        if (
            told is None
            or told.incarnation != self.incarnation
            or told.state is not self.state
            or told.address is not self.address
            or told.meta is not self.meta
            or told.vsn is not self.vsn
        ):
            told = self.told = NodeState(
                self.name,
                self.address,
                self.meta,
                self.incarnation,
                self.state,
                self.vsn,
            )
        return told

    def holds(self, node: NodeState) -> bool:
        """Whether *node*, alive in a push/pull, says nothing that is not held."""
        return (
            self.listed
            and self.incarnation >= node.incarnation
            and self.address == node.address
            and self.vsn == node.vsn
        )

    @classmethod
    def remembered(cls, member: Remembered, now: float) -> "Entry":
        """As the disk kept it: dead until heard of."""
        silent_since = now - member.silent_for
        return cls(
            member.name,
            member.address,
            changed=silent_since,
            key=member.key,
            standing=Standing.LEFT if member.left else Standing.FAILED,
            told_disk=silent_since,
        )


class Members:
    """
    All members by name, this node included, and the lap of probes.

    *Listed* members are SWIM's: counted, probed, exchanged. The others are dead
    for so long that SWIM has forgotten them, and are remembered for Serf's day.
    """

    def __init__(self, us: Entry, chance: Random) -> None:
        self.us = us
        self._chance = chance
        self._all = {us.name: us}
        self._lap = [us]
        self._next = 0
        self._ring: list[Entry] | None = None
        self._soon: dict[NodeName, None] = {}
        self.answered = deque[Entry](maxlen=4)
        """Whose acks to our probes came last."""
        us.listed = True

    def __len__(self) -> int:
        """How many are listed: the n of all formulas."""
        return len(self._lap)

    def __iter__(self) -> Iterator[Entry]:
        """All, listed or remembered, in the order they came."""
        return iter(self._all.values())

    @property
    def count(self) -> int:
        """All, listed or remembered."""
        return len(self._all)

    def listed(self) -> Iterator[Entry]:
        return (entry for entry in self._all.values() if entry.listed)

    def ring(self) -> list[Entry]:
        """All listed ones by the place of their names; not to be changed."""
        if self._ring is None:
            self._ring = sorted(self._lap, key=_place)
        return self._ring

    def get(self, name: NodeName) -> Entry | None:
        """Listed or remembered."""
        return self._all.get(name)

    def remember(self, entry: Entry) -> None:
        """Keep one that is not listed."""
        self._all[entry.name] = entry

    def list_anew(self, entry: Entry) -> None:
        """
        Count and probe *entry* from now on.

        It gets a random place in the lap; one behind us waits for the next lap, and
        nobody who had a turn gets a second one.
        """
        self._all[entry.name] = entry
        if entry.listed:
            return
        entry.listed, self._ring = True, None
        spot = self._chance.randrange(len(self._lap) + 1)
        self._lap.insert(spot, entry)
        if spot < self._next:
            self._next += 1

    def forget(self, name: NodeName) -> None:
        """Keep nothing of *name*."""
        entry = self._all.pop(name, None)
        if entry is not None and entry.listed:
            entry.listed, self._ring = False, None
            spot = self._lap.index(entry)
            del self._lap[spot]
            if spot < self._next:
                self._next -= 1

    def probe_soon(self, entry: Entry) -> None:
        """Let *entry* have the next turn, beside the one it has in this lap."""
        if len(self._soon) < FEW:
            self._soon[entry.name] = None

    def next_to_probe(self, dead_before: float) -> Entry | None:
        """
        The next living member of the lap; None when there is none but us.

        Each lap visits each member once, in a new random order (SWIM, section 4.3).
        At its end, members dead since before *dead_before* are unlisted.
        """
        while self._soon:
            name = next(iter(self._soon))
            del self._soon[name]
            soon = self._all.get(name)
            if soon is not None and soon.listed and soon.lives:
                return soon
        for _ in range(2 * len(self._lap) + 1):
            if self._next >= len(self._lap):
                self._new_lap(dead_before)
            entry = self._lap[self._next]
            self._next += 1
            if entry.lives and entry is not self.us:
                return entry
        return None

    def choose(self, wanted: int, fits: Callable[[Entry], bool]) -> list[Entry]:
        """Up to *wanted* random listed members that *fit*, this node never."""
        if len(self._lap) <= FEW or wanted * 4 > len(self._lap):
            return self._choose_among_all(wanted, fits)
        chosen: list[Entry] = []
        for _ in range(len(self._lap)):
            entry = self._chance.choice(self._lap)
            if entry is not self.us and entry not in chosen and fits(entry):
                chosen.append(entry)
                if len(chosen) == wanted:
                    return chosen
        return self._choose_among_all(wanted, fits)

    def _choose_among_all(
        self, wanted: int, fits: Callable[[Entry], bool]
    ) -> list[Entry]:
        fitting = [entry for entry in self._lap if entry is not self.us and fits(entry)]
        return self._chance.sample(fitting, min(wanted, len(fitting)))

    def _new_lap(self, dead_before: float) -> None:
        for entry in self._lap:
            entry.listed = (
                entry.lives or entry is self.us or entry.changed > dead_before
            )
        still = [entry for entry in self._lap if entry.listed]
        if len(still) < len(self._lap):
            self._ring = None
        self._lap = still
        self._chance.shuffle(self._lap)
        self._next = 0


def _place(entry: Entry) -> int:
    return entry.place
