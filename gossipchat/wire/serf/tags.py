"""
Tags: what a member says of itself, as its ``Meta``: ``ff`` and a map of strings.
"""

from collections.abc import Mapping
from typing import Any

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.fields import pack_value, raw, unpack_value
from gossipchat.wire.memberlist.messages import MAX_META_BYTES

TAGS = 0xFF


def encode_tags(tags: Mapping[str, str]) -> bytes:
    """*tags* in their order. Raises UsageError above 512 bytes."""
    meta = bytes([TAGS]) + pack_value(write_tags(tags))
    if len(meta) > MAX_META_BYTES:
        raise UsageError(
            f"the tags need {len(meta)} bytes, but {MAX_META_BYTES} is the most:"
            " use shorter or fewer ones"
        )
    return meta


def decode_tags(meta: bytes) -> dict[str, str]:
    """
    The tags in *meta*. Raises DecodeError; the member itself may be kept then.

    Without the leading ``ff`` all of it is the role, as in the first Serfs; so the
    empty ``Meta`` of plain memberlist nodes gives an empty role.
    """
    if not meta.startswith(b"\xff"):
        return {"role": meta.decode("utf-8", "surrogateescape")}
    return read_tags(unpack_value(meta[1:]))


def write_tags(tags: Mapping[str, str]) -> dict[bytes, bytes]:
    return {raw(tag): raw(value) for tag, value in tags.items()}


def read_tags(value: Any) -> dict[str, str]:
    """A map of strings; nil is an empty one. Raises DecodeError."""
    if value is None:
        return {}
    if type(value) is not dict or not all(
        type(string) is bytes for pair in value.items() for string in pair
    ):
        raise DecodeError("tags", value, "a map of strings")
    return {
        tag.decode("utf-8", "surrogateescape"): text.decode("utf-8", "surrogateescape")
        for tag, text in value.items()
    }
