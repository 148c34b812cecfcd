"""
LZW, beyond what the captures reach: full tables, bombs, nonsense.
"""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError
from gossipchat.wire.layers.lzw import CLEAR, END, compress, expand
from tests.pure.wire.bombs import lzw_bomb, lzw_codes

ROOM = 1 << 20


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
    assert (
        expand(lzw_codes([CLEAR, 97, CLEAR, 98, CLEAR, CLEAR, 99, END]), ROOM) == b"abc"
    )


def test_the_first_clear_may_be_missing() -> None:
    """The table starts empty."""
    assert expand(lzw_codes([97, 258, END]), ROOM) == b"aaa"


def test_a_full_table_without_a_clear_is_read_on() -> None:
    """A reader stops adding; our writer always clears, others need not."""
    literals = 4096 - 256 - 2 + 300
    packed = lzw_codes([CLEAR, *[97] * literals, 4095, END])
    assert expand(packed, ROOM) == b"a" * (literals + 2)


def test_a_bomb_is_put_out_at_the_limit() -> None:
    """5 KB would become 7 MB; not a byte above the limit is made."""
    size = 3838 * 3837 // 2 + 3838
    assert expand(lzw_bomb(1), size) == bytes(size)
    with pytest.raises(DecodeError, match=f"more than {size - 1}"):
        expand(lzw_bomb(1), size - 1)


def without_repeated_pairs(size: int) -> list[int]:
    """Bytes of which no two follow each other twice, so that each makes a code."""
    numbers = [0]
    for step in range(1, 33, 2):
        numbers += [(numbers[-1] + step * turn) % 256 for turn in range(1, 257)]
    return numbers[:size]


def test_the_writer_clears_its_table_when_it_is_full() -> None:
    """After 3,838 codes, at the width they have, and even if nothing follows."""
    plain = without_repeated_pairs(3840)
    full = [CLEAR, *plain[:3838], CLEAR]
    assert compress(bytes(plain[:3838])) == lzw_codes([*full, END])
    assert compress(bytes(plain)) == lzw_codes([*full, *plain[3838:], END])
    assert compress(bytes(plain[:3837])) == lzw_codes([CLEAR, *plain[:3837], END])


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        lzw_codes([CLEAR]),
        lzw_codes([CLEAR, 97]),
        compress(b"hello, hello")[:-2],
        lzw_codes([CLEAR, 258, END]),
        lzw_codes([258, END]),
        lzw_codes([CLEAR, 97, 259, END]),
        lzw_codes([CLEAR, 97, CLEAR, 258, END]),
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
