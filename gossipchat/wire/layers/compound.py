"""
The compound layer: several messages in one packet.

``07 | count u8 | count x length u16be | parts``
"""

from collections.abc import Sequence
from struct import pack, unpack_from

from gossipchat.errors import DecodeError, UsageError

COMPOUND = 7

MAX_PARTS = 127
"""What we send. The format has room for 255, but memberlist up to 0.2.3 counts the
bytes of the lengths in eight bits and reads nonsense from 128 parts on."""

HEADER_BYTES = 2
PART_BYTES = 2
"""What a compound costs, and what each part in it costs."""


def join_parts(parts: Sequence[bytes]) -> bytes:
    """
    *parts* as one packet.

    Raises UsageError for none, more than MAX_PARTS, and for empty ones, which old
    peers look into without asking.
    """
    if not 1 <= len(parts) <= MAX_PARTS:
        raise UsageError(f"a compound has 1 to {MAX_PARTS} parts, not {len(parts)}")
    lengths = [len(part) for part in parts]
    if not min(lengths) or max(lengths) > 65_535:
        raise UsageError("a part of a compound has 1 to 65,535 bytes")
    head = pack(f">BB{len(parts)}H", COMPOUND, len(parts), *lengths)
    return b"".join((head, *parts))


def split_parts(packet: bytes) -> tuple[tuple[bytes, ...], DecodeError | None]:
    """
    The parts of *packet*, and what is wrong with the rest of it.

    A part that runs past the end ends the packet: those before it stand. Up to
    255 parts. Raises DecodeError when not even the lengths are there.
    """
    count = packet[1] if len(packet) > 1 else 0
    offset = HEADER_BYTES + PART_BYTES * count
    if not count or len(packet) < offset:
        raise DecodeError("compound", packet, "a count of parts and their lengths")
    parts: list[bytes] = []
    for length in unpack_from(f">{count}H", packet, HEADER_BYTES):
        if offset + length > len(packet):
            cut = f"{len(packet) - offset} bytes"
            return tuple(parts), DecodeError("compound", cut, f"a part of {length}")
        parts.append(packet[offset : offset + length])
        offset += length
    return tuple(parts), None
