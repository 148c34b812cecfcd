"""
LZW as memberlist uses it: GIF's kind, low bits first, bytes as literals.

Codes: 0-255 are the bytes, 256 clears the table, 257 ends, from 258 on they stand
for sequences. They start 9 bits wide and grow to 12. Both sides count codes since
the last clear; each time the count reaches a power of two, codes get a bit wider.

The loops are written out: this is the slowest code on the wire.

Source: docs/wire.md, "Compression"; T. Welch, "A Technique for High-Performance
Data Compression", Computer 17(6), 1984.
"""

from itertools import chain

from gossipchat.errors import DecodeError

CLEAR = 256
END = 257
FIRST_WIDTH = 9
MAX_WIDTH = 12
LAST_CODE = 4095
"""Where the writer clears its table."""

FLUSH_BITS = 512
"""Bits that gather in one integer before they become bytes."""

_NO_BYTE = 256
"""Behind the last byte: no sequence goes on with it."""


def compress(plain: bytes) -> bytes:
    """
    *plain* packed, byte for byte as Go's writer packs it.

    Can come out longer. Costs some 0.2 ms a kilobyte.
    """
    if not plain:
        return (CLEAR | END << FIRST_WIDTH).to_bytes(3, "little")
    packed = bytearray()
    bits, held = CLEAR, FIRST_WIDTH
    sequences: dict[int, int] = {}
    width, last = FIRST_WIDTH, END
    pending = plain[0]  # the code of what has been read, but is not written yet
    for byte in chain(plain[1:], (_NO_BYTE,)):
        longer = pending << 9 | byte
        if longer in sequences:
            pending = sequences[longer]
            continue
        bits |= pending << held
        held += width
        pending = byte
        last += 1
        if last == LAST_CODE:
            bits |= CLEAR << held
            held += width
            sequences.clear()
            width, last = FIRST_WIDTH, END
            continue
        sequences[longer] = last
        if last >> width:
            width += 1
        if held > FLUSH_BITS:
            packed += (bits & (1 << FLUSH_BITS) - 1).to_bytes(FLUSH_BITS // 8, "little")
            bits >>= FLUSH_BITS
            held -= FLUSH_BITS
    bits |= END << held
    held += width
    return bytes(packed + bits.to_bytes((held + 7) // 8, "little"))


def expand(packed: bytes, limit: int) -> bytes:
    """
    What was packed, at most *limit* bytes. Bytes behind the end are ignored.

    Raises DecodeError for more, for a code that stands for nothing, and when the
    end is missing. Costs some 0.4 µs a byte of *packed*.
    """
    plain: list[bytes] = []
    size = 0
    sequences = list(_LITERALS)
    before = b""
    bits = held = 0
    width = FIRST_WIDTH
    for byte in packed:
        bits |= byte << held
        held += 8
        if held < width:  # codes have more than 8 bits: a byte ends at most one
            continue
        code = bits & (1 << width) - 1
        bits >>= width
        held -= width
        if code < len(sequences):
            if code == CLEAR:
                del sequences[END + 1 :]
                before = b""
                width = FIRST_WIDTH
                continue
            if code == END:
                return b"".join(plain)
            sequence = sequences[code]
        elif code == len(sequences) and before:
            sequence = before + before[:1]  # of this very moment: goes on as it began
        else:
            raise DecodeError("LZW code", code, f"below {len(sequences)}")
        size += len(sequence)
        if size > limit:
            raise DecodeError("LZW", f"more than {limit} bytes", "less")
        plain.append(sequence)
        if before and len(sequences) <= LAST_CODE:
            sequences.append(before + sequence[:1])
            if len(sequences) >> width and width < MAX_WIDTH:
                width += 1
        before = sequence
    raise DecodeError("LZW", f"{len(packed)} bytes", "an end")


_LITERALS = (*(bytes([byte]) for byte in range(256)), b"", b"")
"""The table after a clear; CLEAR and END themselves stand for nothing."""
