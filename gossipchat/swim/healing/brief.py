"""
A member's claim in brief: a name, an incarnation, and a hash over all else it says.
"""

from hashlib import blake2b

from gossipchat.swim.membership.members import Entry
from gossipchat.wire.ours.membership_frames import DIGEST_BYTES, Brief


def brief(entry: Entry) -> Brief:
    """What *entry* claims, in brief."""
    vsn = bytes(entry.vsn)
    address = entry.address.packed + entry.address.port.to_bytes(2)
    whole = b"".join((address, vsn, entry.meta))
    digest = blake2b(whole, digest_size=DIGEST_BYTES).digest()
    return Brief(entry.name, entry.incarnation, digest)
