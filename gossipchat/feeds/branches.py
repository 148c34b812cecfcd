"""
Forks: what the two tails of one feed are called.

An author that runs twice (a machine cloned in memory), or whose key was stolen,
seals different entries under one id. What was said before keeps its name, and
each tail, all alike, is a feed of its own: the *branch* whose epoch is made of
the first run that is its alone. So a branch has the same name on every node,
whatever came there first, and no id comes to mean something else.
"""

from hashlib import sha256
from struct import Struct

from gossipchat.names import FeedId

MAX_BRANCHES = 8
"""Of one author. With more, the author is kept but relayed no longer."""

_DOMAIN = b"gossipchat branch 1\0"
_ROOT = Struct(">20s32sQQ32s")


def branch_of(signed: FeedId, first: int, tip: bytes) -> FeedId:
    """
    The branch of *signed* that begins with the run from *first* to the hash *tip*.

    *signed*: the feed that the author's seals speak of. Sequence numbers stay.
    """
    root = _ROOT.pack(_DOMAIN, *signed, first, tip)
    return FeedId(signed.author, int.from_bytes(sha256(root).digest()[:8]))
