"""
Serf's tags inside a member's meta.
"""

from gossipchat.errors import DecodeError
from gossipchat.wire.serf_codec import decode_tags


def read_tags(meta: bytes) -> dict[str, str] | None:
    """The tags, or None when they can't be read: the member is kept all the same."""
    try:
        return decode_tags(meta)
    except DecodeError:
        return None
