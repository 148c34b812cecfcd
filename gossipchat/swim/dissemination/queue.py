"""
What is to be told, and how often: queues that ride on packets until they are stale.

Order and counts are memberlist's, budgets are exact to the byte: a packet is never
longer than asked.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, log10

from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.membership.members import Members
from gossipchat.wire.memberlist.codec import decode
from gossipchat.wire.memberlist.messages import Dead, Suspect

COMPOUND_BYTES = 2
"""A compound's own cost: its type and its count."""
LENGTH_BYTES = 2
"""Each part's cost in a compound beside itself."""
MAX_PARTS = 127
"""memberlist up to 0.2.3 misreads compounds of more."""


@dataclass(slots=True)
class Item:
    """An encoded message on its way."""

    body: bytes
    serial: int
    about: NodeName | None
    sends: int = 0
    rank: tuple[int, int] = field(init=False)
    """Longest first, then newest."""

    def __post_init__(self) -> None:
        self.rank = (-len(self.body), -self.serial)


class Queue:
    """
    Messages by how often they were sent; those sent least go first.

    Among equals the longest that fits goes first, then the newest. Messages about
    the same member replace each other, others never do. At most *limit* wait.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tiers: dict[int, list[Item]] = {}
        self._waiting: dict[int, Item] = {}
        self._by_name: dict[NodeName, Item] = {}
        self._serial = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, body: bytes, about: NodeName | None = None) -> int:
        """Tell *body*; returns its serial, for ``holds``."""
        self._serial += 1
        item = Item(body, self._serial, about)
        if about is not None:
            if about in self._by_name:
                self._drop(self._by_name[about])
            self._by_name[about] = item
        self._waiting[item.serial] = item
        insort(self._tiers.setdefault(0, []), item, key=_rank)
        if len(self._waiting) > self._limit:
            self._drop(self._tiers[max(self._tiers)][-1])
        return item.serial

    def withdraw(self, about: NodeName) -> None:
        """Drop what waits about *about*."""
        if about in self._by_name:
            self._drop(self._by_name[about])

    def drop_where(self, unwanted: Callable[[bytes], bool]) -> None:
        """Tell no more of what is *unwanted*."""
        for item in [one for one in self._waiting.values() if unwanted(one.body)]:
            self._drop(item)

    def tells(self, about: NodeName) -> bool:
        """Whether a message about that member has still to be sent."""
        return about in self._by_name

    def holds(self, serial: int) -> bool:
        """Whether that message has still to be sent."""
        return serial in self._waiting

    def take(self, room: int, most: int, quota: int) -> list[bytes]:
        """
        At most *most* messages that cost at most *room* bytes, lengths included.

        Each counts as sent once; what was sent *quota* times is done.
        """
        chosen: list[Item] = []
        for sends in sorted(self._tiers):
            tier = self._tiers[sends]
            while len(chosen) < most:
                spot = bisect_left(
                    tier, (LENGTH_BYTES - room, -self._serial), key=_rank
                )
                if spot == len(tier):
                    break
                item = tier.pop(spot)
                room -= LENGTH_BYTES + len(item.body)
                chosen.append(item)
            if not tier:
                del self._tiers[sends]
        for item in chosen:
            self._sent(item, quota)
        return [item.body for item in chosen]

    def _sent(self, item: Item, quota: int) -> None:
        item.sends += 1
        if item.sends < quota:
            insort(self._tiers.setdefault(item.sends, []), item, key=_rank)
        else:
            self._done(item)

    def _drop(self, item: Item) -> None:
        tier = self._tiers[item.sends]
        del tier[bisect_left(tier, item.rank, key=_rank)]
        if not tier:
            del self._tiers[item.sends]
        self._done(item)

    def _done(self, item: Item) -> None:
        del self._waiting[item.serial]
        if item.about is not None and self._by_name.get(item.about) is item:
            del self._by_name[item.about]


class Broadcasts:
    """
    All that is to be told: claims first, then Serf's intents, queries and events.

    *budget*: bytes of a packet that are left for parts, after label and encryption.
    """

    def __init__(self, config: SwimConfig, members: Members, budget: int) -> None:
        self._mult = config.retransmit_mult
        self._members = members
        self._budget = budget
        self.claims = Queue(max(config.max_queue, config.max_members))
        self.intents = Queue(config.max_queue)
        self.queries = Queue(config.max_queue)
        self.events = Queue(config.max_queue)
        self.urgent = False
        """Whether something was put in that should not wait for the next tick."""
        self.claimed = 0
        """How many claims were ever told here: one for each change of a member."""
        self.news: dict[NodeName, None] = {}
        """Members of whom something was new, until whoever empties this."""
        self._in_order = (self.claims, self.intents, self.queries, self.events)

    def __bool__(self) -> bool:
        """Whether anything waits to be told."""
        return any(self._in_order)

    def fits(self, body: bytes) -> bool:
        """Whether a packet can ever take *body*: what does not must not wait."""
        return len(body) <= self.longest

    def fit(self, parts: Sequence[bytes]) -> bool:
        """Whether one packet takes them all."""
        length = sum(LENGTH_BYTES + len(part) for part in parts)
        return COMPOUND_BYTES + length <= self._budget

    @property
    def longest(self) -> int:
        """Bytes of the longest message that one packet takes."""
        return self._budget - COMPOUND_BYTES - LENGTH_BYTES

    def claim(self, about: NodeName, body: bytes, urgent: bool = False) -> int:
        """
        Tell the newest about a member instead of what was told before.

        *urgent*: it should not wait for the next tick.
        """
        self.claimed += 1
        self.news[about] = None
        if not self.fits(body):
            return 0
        self.urgent = self.urgent or urgent
        return self.claims.put(body, about)

    def tells(self, about: NodeName) -> bool:
        """Whether something about that member waits to be told."""
        return self.claims.tells(about)

    def withdraw(self, about: NodeName) -> None:
        """Tell nothing about that member after all."""
        self.claims.withdraw(about)

    def drop_accusations(self) -> None:
        """Tell nobody any more of suspicions, and of deaths that others declared."""
        self.claims.drop_where(_accuses)

    def batch(self) -> tuple[bytes, ...]:
        """The parts of one gossip packet; empty when there is nothing to tell."""
        return tuple(self._take(self._budget - COMPOUND_BYTES, MAX_PARTS))

    def riding_on(self, primary: bytes) -> tuple[bytes, ...]:
        """*primary*, and after it what still fits into its packet."""
        room = self._budget - COMPOUND_BYTES - LENGTH_BYTES - len(primary)
        return (primary, *self._take(room, MAX_PARTS - 1))

    def _take(self, room: int, most: int) -> list[bytes]:
        quota = self.quota
        taken: list[bytes] = []
        for queue in self._in_order:
            if queue:
                more = queue.take(room, most, quota)
                room -= sum(LENGTH_BYTES + len(body) for body in more)
                most -= len(more)
                taken += more
        return taken

    @property
    def quota(self) -> int:
        """How often each message is sent: enough to reach all, with a margin."""
        return self._mult * ceil(log10(len(self._members) + 1))


def _accuses(body: bytes) -> bool:
    match decode(body):
        case Suspect():
            return True
        case Dead(_, node, accuser):
            return node != accuser
        case _:
            return False


def _rank(item: Item) -> tuple[int, int]:
    return item.rank
