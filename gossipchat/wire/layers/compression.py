"""
The compression layer: ``09 | {Algo: 0, Buf: packed}``, Algo 0 being LZW.

Readable by every peer, whatever it sends itself.
"""

from gossipchat.errors import DecodeError
from gossipchat.wire.fields import U8, Fields, blob, pack, uint
from gossipchat.wire.layers import lzw

COMPRESS = 9
ORDER = (b"Algo", b"Buf")


def wrap(plain: bytes) -> bytes:
    """*plain* compressed; can come out longer."""
    return bytes([COMPRESS]) + pack({"Algo": 0, "Buf": lzw.compress(plain)})


def unwrap(fields: Fields, limit: int) -> bytes:
    """
    What *fields*, the struct behind the type byte, hold: at most *limit* bytes.

    Raises DecodeError for more, and for a way of packing that is not LZW.
    """
    algorithm = uint(fields, b"Algo", U8)
    if algorithm:
        raise DecodeError("Algo", algorithm, "0, which is LZW")
    return lzw.expand(blob(fields, b"Buf"), limit)
