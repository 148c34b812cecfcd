"""
Bytes that grow when they are read.
"""

import msgpack

from gossipchat.wire.layers.lzw import CLEAR, END


def lzw_codes(codes: list[int]) -> bytes:
    """*codes* as LZW writes them, each as wide as its turn asks."""
    bits = held = 0
    width, count = 9, 257
    for code in codes:
        bits |= code << held
        held += width
        count = 257 if code == CLEAR else count + 1
        width = 9 if code == CLEAR else max(width, min(12, count.bit_length()))
    return bits.to_bytes((held + 7) // 8, "little")


def lzw_bomb(rounds: int) -> bytes:
    """
    Zeros, as many as can be: each code stands for one more than the code before.

    A round of 5 KB makes 7 MB.
    """
    one_round = [CLEAR, 0, *range(258, 4095)]
    return lzw_codes(one_round * rounds + [END])


def compressed_bomb(rounds: int) -> bytes:
    """The same as a message."""
    fields = {"Algo": 0, "Buf": lzw_bomb(rounds)}
    packed: bytes = msgpack.packb(fields, use_bin_type=False)
    return b"\x09" + packed
