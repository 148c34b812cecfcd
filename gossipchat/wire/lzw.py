"""
LZW as memberlist uses it: GIF's kind, low bits first, bytes as literals.

Codes: 0-255 are the bytes, 256 clears the table, 257 ends, from 258 on they stand
for sequences. They start 9 bits wide and grow to 12. Both sides count codes since
the last clear; each time the count reaches a power of two, codes get a bit wider.

Source: docs/wire.md, "Compression"; T. Welch, "A Technique for High-Performance
Data Compression", Computer 17(6), 1984.
"""

from gossipchat.errors import DecodeError

CLEAR = 256
END = 257
FIRST_WIDTH = 9
MAX_WIDTH = 12
LAST_CODE = 4095
"""Where the writer clears its table."""


def compress(plain: bytes) -> bytes:
    """
    *plain* packed, byte for byte as Go's writer packs it.

    Costs about half a millisecond a kilobyte and can come out longer.
    """
    writer = _BitWriter()
    writer.write(CLEAR)
    if not plain:
        writer.write(END)
        return writer.finish()
    sequences: dict[int, int] = {}
    pending = plain[0]
    for byte in plain[1:]:
        longer = pending << 8 | byte
        code = sequences.get(longer)
        if code is not None:
            pending = code
            continue
        writer.write(pending)
        if writer.count_code():
            sequences[longer] = writer.last
        else:
            sequences.clear()
        pending = byte
    writer.write(pending)
    writer.count_code()
    writer.write(END)
    return writer.finish()


class _BitWriter:
    def __init__(self) -> None:
        self._packed = bytearray()
        self._bits = 0
        self._held = 0
        self._restart()

    def _restart(self) -> None:
        self._width = FIRST_WIDTH
        self.last = END

    def write(self, code: int) -> None:
        self._bits |= code << self._held
        self._held += self._width
        while self._held >= 8:
            self._packed.append(self._bits & 0xFF)
            self._bits >>= 8
            self._held -= 8

    def count_code(self) -> bool:
        """Another code is out. False: with it the table was full and is cleared."""
        self.last += 1
        if self.last == 1 << self._width:
            self._width += 1
        if self.last < LAST_CODE:
            return True
        self.write(CLEAR)
        self._restart()
        return False

    def finish(self) -> bytes:
        if self._held:
            self._packed.append(self._bits)
        return bytes(self._packed)


def expand(packed: bytes, limit: int) -> bytes:
    """
    What was packed, at most *limit* bytes of it. Bytes behind the end are ignored.

    Raises DecodeError for more, for a code that stands for nothing, and when the
    end is missing. Costs about 0.3 µs a byte of *packed*.
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
        if held < width:  # a code has more than 8 bits: a byte ends at most one
            continue
        code = bits & ((1 << width) - 1)
        bits >>= width
        held -= width
        if code == CLEAR:
            del sequences[END + 1 :]
            before = b""
            width = FIRST_WIDTH
            continue
        if code == END:
            return b"".join(plain)
        if code < len(sequences):
            sequence = sequences[code]
        elif code == len(sequences) and before:
            sequence = before + before[:1]  # being written: begins as it follows
        else:
            raise DecodeError("LZW code", code, f"below {len(sequences)}")
        size += len(sequence)
        if size > limit:
            raise DecodeError("LZW", f"more than {limit} bytes", "less")
        plain.append(sequence)
        if before and len(sequences) <= LAST_CODE:
            sequences.append(before + sequence[:1])
        if len(sequences) == 1 << width and width < MAX_WIDTH:
            width += 1
        before = sequence
    raise DecodeError("LZW", f"{len(packed)} bytes", "an end")


_LITERALS = (*(bytes([byte]) for byte in range(256)), b"", b"")
"""The table after a clear; CLEAR and END themselves stand for nothing."""
