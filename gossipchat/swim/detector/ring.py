"""
The ring of all names: who comes after us on it is ours to look after.

Every second probe of each node goes to its successor, so that each member has one that
probes it every other period, without anybody having agreed on anything. A shuffled list
alone leaves some unprobed for several periods by bad luck.
"""

from bisect import bisect_left, bisect_right

from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.memberlist.messages import State


def successor(members: Members) -> Entry | None:
    """
    The next one after us by hash of the name that is held alive, or None.

    Suspects are skipped: they are looked after already, and those behind them on the
    ring must not go without.
    """
    us, ring = members.us, members.ring()
    after = bisect_right(ring, us.place, key=_place)
    for step in range(len(ring)):
        entry = ring[(after + step) % len(ring)]
        if entry.state is State.ALIVE and entry is not us:
            return entry
    return None


def predecessor(members: Members) -> Entry | None:
    """
    Whose successor we are; None while nobody's for sure: the one before us is
    suspected, or an agent, which does not go by the ring.
    """
    us, ring = members.us, members.ring()
    before = bisect_left(ring, us.place, key=_place) - 1
    for step in range(len(ring)):
        entry = ring[(before - step) % len(ring)]
        if entry.lives and entry is not us:
            sure = entry.state is State.ALIVE and entry.key is not None
            return entry if sure else None
    return None


def _place(entry: Entry) -> int:
    return entry.place
