"""
The ring of all names: who comes after us on it is ours to look after.

Every second probe of each node goes to its successor, so that each member has one that
probes it every other period, without anybody having agreed on anything. A shuffled list
alone leaves some unprobed for several periods by bad luck.
"""

from gossipchat.swim.membership.members import Entry, Members
from gossipchat.wire.messages import State

AROUND = 1 << 64


def successor(members: Members) -> Entry | None:
    """
    The next one after us by hash of the name that is held alive, or None.

    Suspects are skipped: they are looked after already, and those behind them on the
    ring must not go without.
    """
    us, nearest, least = members.us, None, AROUND
    for entry in members.listed():
        ahead = (entry.place - us.place) % AROUND
        if ahead < least and entry.state is State.ALIVE and entry is not us:
            nearest, least = entry, ahead
    return nearest
