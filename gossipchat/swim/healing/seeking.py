"""
Who is still held dead a moment after a HEAL, for it has no links or lives in a third
part, is pinged by one of the living: the nearest by the hashes of their names.
"""

from collections import deque
from dataclasses import dataclass

from gossipchat.effects import StartTimer
from gossipchat.names import NodeName
from gossipchat.swim.events import Effect, Status
from gossipchat.swim.healing.contact import Contact, Found
from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State

SEEK_AFTER = 0.3
"""Seconds from a HEAL until those who are still held dead are pinged,"""
SEEK_NEXT = 1.0
"""and from one batch of pings to the next,"""
MOST_SOUGHT = 20
"""of so many;"""
MOST_CHECKED = 64
"""of no more is it found out in one turn whose they are: a few milliseconds."""


@dataclass(frozen=True, slots=True)
class SeekDue:
    """Timer: look for those who are still held dead after a HEAL."""


class Seeking:
    """Divides the dead among the living, and looks for ours."""

    def __init__(self, members: Members, contact: Contact) -> None:
        self._members = members
        self._contact = contact
        self._unchecked: deque[NodeName] = deque()
        self._running = False

    def begin(self) -> list[Effect]:
        """There was a HEAL."""
        self._unchecked.clear()
        if self._running:
            return []
        self._running = True
        return [StartTimer(SeekDue(), SEEK_AFTER)]

    def due(self) -> list[Effect]:
        """Ping those who are still held dead and are ours to look for."""
        if not self._unchecked:
            self._unchecked.extend(entry.name for entry in self._contact.dead())
        effects: list[Effect] = []
        for _ in range(min(MOST_CHECKED, len(self._unchecked))):
            entry = self._members.get(self._unchecked.popleft())
            if entry is None or entry.status is not Status.DEAD:
                continue
            if self.is_ours(entry):
                effects.append(self._contact.ping(Found(entry.name, entry.address)))
            if len(effects) == MOST_SOUGHT:
                break
        self._running = bool(self._unchecked)
        if self._running:
            effects.append(StartTimer(SeekDue(), SEEK_NEXT))
        return effects

    def is_ours(self, lost: Entry) -> bool:
        """
        Whether we are nearest to *lost* of the living tagged members: by the exclusive
        or of their names' hashes, as all find alike.
        """
        mine = lost.place ^ self._members.us.place
        return all(
            lost.place ^ entry.place >= mine
            for entry in self._members.listed()
            if entry.state is State.ALIVE
            and entry.key is not None
            and entry is not lost
        )
