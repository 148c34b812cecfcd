"""
Lists that are followed: first all there is, then the latest of whatever changes.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from gossipchat.faces.socket.objects import (
    Object,
    iso_time,
    member_object,
    receipt_object,
    user_object,
)
from gossipchat.faces.socket.streams import Channel, Stream
from gossipchat.node.api import IChatNode, Member, ReceiptChanged, Stop, User

MAX_CHANGED = 16384
MAX_RECEIPTS = 256
"""Held for a client that does not read; the newest are kept."""

One = TypeVar("One")


class Subject(NamedTuple, Generic[One]):
    """What is listed."""

    all: Callable[[], Iterable[One]]
    """Looked at one by one, each when its turn to be sent has come."""
    watch: Callable[[Callable[[One], None]], Stop]
    key: Callable[[One], Hashable]
    """What it is the latest of."""
    listed: Callable[[One], Object]
    changed: Callable[[One], Object]
    most: int = MAX_CHANGED


class Roll(Stream, Generic[One]):
    """
    All of *subject*; then, with *follow*, each one that changes.

    A client that does not read gets the latest of each when it does.
    """

    def __init__(self, channel: Channel, subject: Subject[One], follow: bool) -> None:
        super().__init__(channel)
        self._subject = subject
        self.endless = follow
        self._all: Iterator[One] = iter(())
        self._changed: dict[Hashable, Object] = {}
        self._unwatch: Stop = lambda: None

    def start(self) -> None:
        """Subscribe, then list."""
        if self.endless:
            self._unwatch = self._subject.watch(self._has_changed)
        self._all = iter(self._subject.all())
        self.resume()

    def _release(self) -> None:
        self._unwatch()
        self._all = iter(())
        self._changed.clear()

    def _has_changed(self, one: One) -> None:
        key = self._subject.key(one)
        self._changed.pop(key, None)  # the latest goes last
        self._changed[key] = self._subject.changed(one)
        if len(self._changed) > self._subject.most:
            del self._changed[next(iter(self._changed))]
        self.resume()

    def _step(self) -> bool:
        one = next(self._all, None)
        if one is not None:
            self._channel.item(self._subject.listed(one))
        elif self._changed:
            self._channel.item(self._changed.pop(next(iter(self._changed))))
        else:
            return False if self.endless else self._end()
        return True


def members(node: IChatNode, wall_ms: Callable[[], int]) -> Subject[Member]:
    """All members; each whose status or tags change."""

    def each() -> Iterator[Member]:
        found = map(node.member_named, node.names())
        return (member for member in found if member is not None)

    return Subject(
        each,
        node.watch_members,
        lambda member: member.name,
        member_object,
        lambda member: {**member_object(member), "time": iso_time(wall_ms())},
    )


def users(node: IChatNode, wall_ms: Callable[[], int]) -> Subject[User]:
    """All users; each that comes, changes or goes."""

    def changed(user: User) -> Object:
        now = iso_time(wall_ms())
        return {**user_object(user), "here": user.here, "time": now}

    return Subject(
        node.users,
        node.watch_users,
        lambda user: (user.author, user.account),
        user_object,
        changed,
    )


def receipts(node: IChatNode) -> Subject[ReceiptChanged]:
    """How far what is said here gets, as it gets there."""

    def told(changed: ReceiptChanged) -> Object:
        return {"id": str(changed.id), **receipt_object(changed.receipt)}

    return Subject(
        lambda: (),
        node.watch_receipts,
        lambda changed: changed.id,
        told,
        told,
        MAX_RECEIPTS,
    )
