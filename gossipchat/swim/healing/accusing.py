"""
A ping that says what its receiver is accused of: who answers it refutes that, too.
"""

from gossipchat.swim.events import SendPacket
from gossipchat.swim.membership.members import Entry
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ping, Suspect


def accuse(us: Entry, entry: Entry, seq: int, incarnation: int) -> SendPacket:
    """Ping *entry* under number *seq*, accused by *us* at *incarnation*."""
    ping = Ping(seq, entry.name, us.address, us.name)
    accusation = Suspect(incarnation, entry.name, us.name)
    parts = (encode(ping), encode(accusation))
    return SendPacket(entry.address, parts, crc=entry.takes_checksums)
