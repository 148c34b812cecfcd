"""
LZW, beyond what the captures reach: full tables, bombs, nonsense.
"""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError
from gossipchat.wire.lzw import CLEAR, END, compress, expand

ROOM = 1 << 20


def codes(*wanted: int, width: int = 9) -> bytes:
    """*wanted* as they would be packed, all of one width."""
    bits = sum(code << width * place for place, code in enumerate(wanted))
    return bits.to_bytes((len(wanted) * width + 7) // 8, "little")


@given(st.binary(max_size=2000) | st.text("ab", max_size=4000).map(str.encode))
def test_what_is_packed_expands_to_itself(plain: bytes) -> None:
    """Random bytes and repetitive ones."""
    assert expand(compress(plain), ROOM) == plain


@pytest.mark.parametrize("letters", [1, 2, 256])
@pytest.mark.parametrize("size", [0, 1, 254, 255, 3836, 3837, 3838, 3839, 40_000])
def test_a_table_that_fills_up_starts_again(letters: int, size: int) -> None:
    """Random bytes make a code each, so that 3,838 of them fill the table."""
    chance = Random(size)
    plain = bytes(chance.randrange(letters) for _ in range(size))
    assert expand(compress(plain), ROOM) == plain


def test_what_comes_behind_the_end_is_ignored() -> None:
    """As Go's reader does."""
    assert expand(compress(b"hello") + b"junk", ROOM) == b"hello"


def test_a_clear_in_the_middle_is_obeyed() -> None:
    """Other writers clear when they like."""
    assert expand(codes(CLEAR, 97, CLEAR, 98, CLEAR, CLEAR, 99, END), ROOM) == b"abc"


def test_the_first_clear_may_be_missing() -> None:
    """The table starts empty."""
    assert expand(codes(97, 258, END), ROOM) == b"aaa"


def test_a_full_table_without_a_clear_is_read_on() -> None:
    """A reader stops adding; our writer always clears, others need not."""
    literals = 4096 - 256 - 2 + 300
    bits = held = 0
    width, count = 9, 257
    for code in [CLEAR] + [97] * literals + [4095, END]:
        bits |= code << held
        held += width
        count = 257 if code == CLEAR else count + 1
        if count >> width and width < 12:
            width += 1
    packed = bits.to_bytes((held + 7) // 8, "little")
    assert expand(packed, ROOM) == b"a" * (literals + 2)


def test_a_bomb_is_put_out_at_the_limit() -> None:
    """40 KB would become 64 MB; not one byte over the limit is made."""
    packed = compress(bytes(ROOM))
    assert len(packed) < 4096
    assert len(expand(packed, ROOM)) == ROOM
    with pytest.raises(DecodeError, match="more than 1048575"):
        expand(packed, ROOM - 1)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        codes(CLEAR),
        codes(CLEAR, 97),
        compress(b"hello, hello")[:-2],
        codes(CLEAR, 258, END),
        codes(258, END),
        codes(CLEAR, 97, 259, END),
        codes(CLEAR, 97, CLEAR, 258, END),
        b"\xff" * 40,
    ],
)
def test_nonsense_is_refused(packed: bytes) -> None:
    """No end, or a code that stands for nothing yet."""
    with pytest.raises(DecodeError):
        expand(packed, ROOM)


@given(st.binary(max_size=400), st.integers(0, 500))
def test_any_bytes_expand_within_the_limit_or_are_refused(
    packed: bytes, limit: int
) -> None:
    """DecodeError is all that network input may raise."""
    with suppress(DecodeError):
        assert len(expand(packed, limit)) <= limit
