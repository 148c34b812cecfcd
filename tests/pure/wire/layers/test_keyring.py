"""
Keys, sealing, and the file that Serf keeps keys in.
"""

import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

from gossipchat.errors import ConfigError, DecodeError, Refused, UsageError
from gossipchat.wire.layers.keyring import (
    MAX_KEYS,
    OVERHEAD,
    KeyRing,
    format_key,
    format_keyring_file,
    parse_key,
    parse_keyring_file,
    random_nonce,
)

OLD = bytes(range(16))
NEW = bytes(range(32))
OTHER = bytes(24)


def sealed_v0(key: bytes, padded: bytes) -> bytes:
    return b"\0" + bytes(12) + AESGCM(key).encrypt(bytes(12), padded, b"")


@given(
    st.sampled_from([OLD, NEW, OTHER]), st.binary(max_size=60), st.binary(max_size=20)
)
def test_what_is_sealed_opens_again(key: bytes, plain: bytes, aad: bytes) -> None:
    """With keys of 16, 24 and 32 bytes; 29 bytes longer."""
    sealed = KeyRing([key]).seal(plain, aad)
    assert len(sealed) == len(plain) + OVERHEAD
    assert KeyRing([OLD, NEW, OTHER]).open(sealed, aad) == plain


@given(st.binary(max_size=40), st.data())
def test_whatever_is_changed_shuts_it(plain: bytes, data: st.DataObject) -> None:
    """Any bit of it but the version's, and what it was sealed together with."""
    ring = KeyRing([NEW])
    sealed = bytearray(ring.seal(plain, b"label"))
    place = data.draw(st.integers(1, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    for changed, aad in ((bytes(sealed), b"label"), (ring.seal(plain), b"label")):
        with pytest.raises(DecodeError):
            ring.open(changed, aad)


@example(b"ends as padding does\x01")
@given(st.binary(max_size=40))
def test_the_version_is_not_sealed(plain: bytes) -> None:
    """memberlist leaves it open: who turns 1 into 0 can cut what looks like padding."""
    ring = KeyRing([NEW])
    older = b"\0" + ring.seal(plain)[1:]
    try:
        opened = ring.open(older)
    except DecodeError:
        return
    assert plain == opened + bytes([plain[-1]]) * plain[-1]


def test_a_stranger_key_opens_nothing() -> None:
    """All of the ring are tried, none fits."""
    with pytest.raises(DecodeError, match="another cluster key"):
        KeyRing([OLD, OTHER]).open(KeyRing([NEW]).seal(b"secret"))


@pytest.mark.parametrize("text", [b"", b"x" * 15, b"x" * 16, b"x" * 31])
def test_version_0_with_its_padding_is_read(text: bytes) -> None:
    """One to 16 bytes, always at least one."""
    count = 16 - len(text) % 16
    assert KeyRing([NEW]).open(sealed_v0(NEW, text + bytes([count]) * count)) == text


@pytest.mark.parametrize("padded", [b"", b"x\0", b"x\3\3", b"\x11" * 17, b"\2"])
def test_a_padding_that_makes_no_sense_is_refused(padded: bytes) -> None:
    """None, too long, or not all alike."""
    with pytest.raises(DecodeError, match="padding"):
        KeyRing([NEW]).open(sealed_v0(NEW, padded))


@pytest.mark.parametrize("sealed", [b"", b"\1" * 28, b"\2" + bytes(40)])
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    """Too short, or of a version that nobody knows."""
    with pytest.raises(DecodeError):
        KeyRing([NEW]).open(sealed)


def test_nonces_are_asked_for_and_never_repeat() -> None:
    """A simulation brings its own; everyone else has the system's chance."""
    given_nonce = bytes(range(12))
    assert KeyRing([NEW], lambda: given_nonce).seal(b"")[1:13] == given_nonce
    assert len({random_nonce() for _ in range(1000)}) == 1000
    assert len(random_nonce()) == 12


def test_keys_come_into_use_and_go() -> None:
    """Install on all nodes, use on all, remove on all: nothing is ever shut out."""
    ring = KeyRing([OLD])
    before = ring.seal(b"before")
    ring.install(NEW)
    ring.install(NEW)
    assert (ring.primary, ring.keys) == (OLD, (OLD, NEW))
    ring.use(NEW)
    assert (ring.primary, ring.keys) == (NEW, (NEW, OLD))
    assert ring.open(before) == b"before"
    assert KeyRing([NEW]).open(ring.seal(b"after")) == b"after"
    ring.remove(OLD)
    ring.remove(OLD)
    assert ring.keys == (NEW,)
    with pytest.raises(DecodeError):
        ring.open(before)


def test_a_ring_is_never_left_without_a_key_to_use() -> None:
    """The primary stays, an unknown key can't be used, a short one not installed."""
    ring = KeyRing([OLD])
    with pytest.raises(Refused, match="primary"):
        ring.remove(OLD)
    with pytest.raises(Refused, match="install it first"):
        ring.use(NEW)
    with pytest.raises(UsageError, match="16, 24 or 32"):
        ring.install(b"short")
    assert ring.keys == (OLD,)


def test_a_ring_has_bounds() -> None:
    """Each key costs a try for each packet that none opens."""
    ring = KeyRing([bytes([number]) * 16 for number in range(MAX_KEYS)])
    with pytest.raises(Refused, match="remove one first"):
        ring.install(NEW)
    for keys in ([], [b"short"]):
        with pytest.raises(ConfigError):
            KeyRing(keys)


def test_a_keyring_file_goes_out_and_comes_back() -> None:
    """Serf's format: a JSON list of base64, the primary first."""
    text = format_keyring_file([NEW, OLD])
    assert json.loads(text) == [format_key(NEW), format_key(OLD)]
    assert parse_keyring_file(text) == (NEW, OLD)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[1]", '["AAAA"]', '["not base64"]', "[" * 100_000]
)
def test_a_broken_keyring_file_is_explained_and_not_printed(text: str) -> None:
    """A person reads it, and others may look over their shoulder."""
    with pytest.raises(ConfigError, match="keyring file"):
        parse_keyring_file(text)


def test_a_key_is_read_as_serf_prints_it() -> None:
    """With the end of line that a shell leaves."""
    assert parse_key(format_key(NEW) + "\n") == NEW
    with pytest.raises(UsageError, match="base64"):
        parse_key("hunter2")
