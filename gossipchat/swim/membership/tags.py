"""
Serf's tags inside a member's meta.
"""

from collections.abc import Mapping
from functools import lru_cache

from gossipchat.errors import DecodeError
from gossipchat.wire.serf.codec import decode_tags

READ = 4096
"""Metas of which the tags are kept for whoever asks in this process; a meta has 512
bytes at most."""


@lru_cache(READ)
def read_tags(meta: bytes) -> Mapping[str, str] | None:
    """The tags, or None when they can't be read: the member is kept all the same."""
    try:
        return decode_tags(meta)
    except DecodeError:
        return None
