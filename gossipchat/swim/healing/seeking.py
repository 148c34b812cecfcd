"""
Who is still held dead a moment after a HEAL, for it has no links or lives in a third
part, is pinged by one of the living: the lowest in hash(dead, living).
"""

from collections import deque
from dataclasses import dataclass
from hashlib import blake2b

from gossipchat.effects import StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.events import Effect
from gossipchat.swim.healing.contact import Contact, Found
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.messages import State

SEEK_AFTER = 0.3
"""Seconds from a HEAL until those who are still held dead are pinged,"""
SEEK_NEXT = 1.0
"""and from one batch of pings to the next,"""
MOST_SOUGHT = 20
"""of so many."""


@dataclass(frozen=True, slots=True)
class SeekDue:
    """Timer: look for those who are still held dead after a HEAL."""


class Seeking:
    """Divides the dead among the living, and looks for ours."""

    def __init__(self, members: Members, contact: Contact) -> None:
        self._members = members
        self._contact = contact
        self._to_seek: deque[Found] = deque()
        self._running = False

    def begin(self) -> list[Effect]:
        """There was a HEAL."""
        if self._running:
            return []
        self._running = True
        return [StartTimer(SeekDue(), SEEK_AFTER)]

    def due(self) -> list[Effect]:
        """Ping those who are still held dead and are ours to look for."""
        if not self._to_seek:
            ours = [entry for entry in self._contact.dead() if self.is_ours(entry)]
            self._to_seek.extend(Found(entry.name, entry.address) for entry in ours)
        effects: list[Effect] = []
        while self._to_seek and len(effects) < MOST_SOUGHT:
            effects.append(self._contact.ping(self._to_seek.popleft()))
        self._running = bool(self._to_seek)
        if self._running:
            effects.append(StartTimer(SeekDue(), SEEK_NEXT))
        return effects

    def is_ours(self, lost: Entry) -> bool:
        """Whether we are lowest in hash(lost, living) among tagged members."""
        mine = _rank(lost.name, self._members.us.name)
        return all(
            _rank(lost.name, entry.name) >= mine
            for entry in self._members.listed()
            if entry.state is State.ALIVE
            and entry.key is not None
            and entry is not lost
        )


def _rank(lost: NodeName, living: NodeName) -> bytes:
    both = f"{lost}\0{living}".encode(errors="surrogateescape")
    return blake2b(both, digest_size=8).digest()
