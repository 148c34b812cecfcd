"""
The newest entries of each room: what an author has seen when it speaks.

An entry names up to four of them (`after`), so that no node shows an answer
before what it answers, whatever the machines' clocks say.
"""

from collections import OrderedDict
from typing import NamedTuple

from gossipchat.feeds.entry import MAX_AFTER
from gossipchat.names import AuthorKey, EntryId, FeedId, RoomName


class Place(NamedTuple):
    """Where an entry stands in the one order that all nodes share."""

    hlc: int
    author: AuthorKey
    epoch: int
    seq: int

    @property
    def id(self) -> EntryId:
        return EntryId(self.author, self.epoch, self.seq)


class Heads:
    """Of each room: the entries that no other one known here comes after."""

    def __init__(self, max_rooms: int) -> None:
        self._max_rooms = max_rooms
        self._rooms: OrderedDict[RoomName, tuple[Place, ...]] = OrderedDict()
        self._newest: dict[RoomName, Place] = {}

    def newest(self, room: RoomName) -> Place | None:
        """The entry of *room* that sorts last."""
        return self._newest.get(room)

    def seen_by(self, author: AuthorKey, epoch: int, room: RoomName) -> list[EntryId]:
        """
        What *author* names as `after` now.

        Its own feed's entries are left out: the chain says that already.
        """
        return sorted(
            place.id
            for place in self._rooms.get(room, ())
            if (place.author, place.epoch) != (author, epoch)
        )

    def add(self, room: RoomName, place: Place, after: tuple[EntryId, ...]) -> None:
        """*place* is known here now; it supersedes *after* and its own feed's."""
        known = self._rooms.get(room, ())
        if len(known) == MAX_AFTER and place < known[0]:
            self._rooms.move_to_end(room)
            return  # of the past: it is older than all that would be named
        self._rooms[room] = _heads(known, place, after)
        self._rooms.move_to_end(room)
        self._newest[room] = max(self._newest.get(room, place), place)
        if len(self._rooms) > self._max_rooms:
            forgotten, _ = self._rooms.popitem(last=False)
            del self._newest[forgotten]

    def rename(self, old: FeedId, new: FeedId, first: int) -> None:
        """What was called *old* from entry *first* on is called *new* now."""

        def now(place: Place) -> Place:
            moved = place.id.feed == old and place.seq >= first
            return place._replace(epoch=new.epoch) if moved else place

        for room, heads in self._rooms.items():
            newest = self._newest[room]
            if all(one.epoch != old.epoch for one in (newest, *heads)):
                continue  # there may be 10,000 rooms
            self._rooms[room] = tuple(sorted(map(now, heads)))
            self._newest[room] = now(newest)


def _heads(
    known: tuple[Place, ...], place: Place, after: tuple[EntryId, ...]
) -> tuple[Place, ...]:
    """What of *known* and *place* no other one comes after, at most MAX_AFTER."""
    if len(known) == 1 and known[0].seq < place.seq and _chained(known[0], place):
        return (place,)  # as nearly always while one author speaks
    heads = [h for h in known if h.id not in after and not _chained(h, place)]
    if not any(_chained(place, head) for head in known):
        heads.append(place)
    return tuple(sorted(heads))[-MAX_AFTER:]


def _chained(place: Place, later: Place) -> bool:
    """Whether the chain of their feed says that *later* comes after *place*."""
    return (
        place.seq <= later.seq
        and place.epoch == later.epoch
        and place.author == later.author
    )
