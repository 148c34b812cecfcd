"""
The checksum layer: ``0c | crc32 (IEEE) u32be`` over all that follows.

memberlist puts it on gossip for members that read it; it is looked for once,
directly below encryption, and never required.
"""

from zlib import crc32

from gossipchat.errors import DecodeError

HAS_CRC = 12
CRC_BYTES = 5


def add_crc(packet: bytes) -> bytes:
    return bytes([HAS_CRC]) + crc32(packet).to_bytes(4) + packet


def strip_crc(packet: bytes) -> bytes:
    """*packet* without its checksum, if it has one. Raises DecodeError if it lies."""
    if len(packet) < CRC_BYTES or packet[0] != HAS_CRC:
        return packet
    claimed = int.from_bytes(packet[1:CRC_BYTES])
    actual = crc32(packet[CRC_BYTES:])
    if claimed != actual:
        raise DecodeError("crc32", f"{claimed:08x}", f"{actual:08x}")
    return packet[CRC_BYTES:]
